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
# -P: the folder one stands in is not a place to import from.
exec "$(dirname "$(readlink -f "$0")")/python" -P -m tepat "$@"
SCRIPT
chmod 755 "$bin/tepat"
