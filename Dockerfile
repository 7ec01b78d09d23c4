# One image for every part: `tepat up`, `tepat collect`, `tepat score --follow`, `tepat serve`, `tepat migrate`.
FROM python:3.13-slim-trixie
RUN apt-get update && apt-get install --yes --no-install-recommends gcc libc6-dev make && rm -rf /var/lib/apt/lists/*
WORKDIR /tepat
COPY requirements-build.lock requirements.lock ./
RUN python -m venv .venv \
 && .venv/bin/pip install --no-cache-dir --require-hashes -r requirements-build.lock \
 && .venv/bin/uv pip install --python .venv/bin/python --no-cache --no-build-isolation --require-hashes -r requirements.lock
COPY . .
# The folder of the broker's files belongs to the account that its image runs it as.
RUN sh .setup/command.sh .venv && useradd --system --home /var/lib/tepat --create-home tepat \
 && useradd --system --uid 1883 mosquitto && install -d -o mosquitto -m 0750 /mosquitto/data
USER tepat
ENV PATH="/tepat/.venv/bin:$PATH" TEPAT_DATA_DIR=/var/lib/tepat
ENTRYPOINT ["tepat"]
CMD ["up"]
