#!/bin/sh
# Puts the command `tepat` into the virtual environment $1 and makes its Python find this checkout.
set -eu
bin="$1/bin"
"$bin/python" - "$PWD" <<'PYTHON'
import pathlib, sys, sysconfig
pathlib.Path(sysconfig.get_path("purelib"), "tepat.pth").write_text(sys.argv[1] + "\n", encoding="utf-8")
PYTHON
cat > "$bin/tepat" <<'SCRIPT'
#!/bin/sh
exec "$(dirname "$(readlink -f "$0")")/python" -m tepat "$@"
SCRIPT
chmod 755 "$bin/tepat"
