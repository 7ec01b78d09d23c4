#!/bin/bash
# A TimescaleDB server for the tests: Debian 13's own package in a folder of its own, on 127.0.0.1. Needs root.
#   timescaledb.sh start RUN   makes it if it is not there yet, starts it, prints the superuser's address
#   timescaledb.sh stop RUN    stops it and removes its data
# RUN is a folder for this run's log. The Debian 13 system is kept in TEPAT_TEST_TIMESCALE_DIR.
set -euo pipefail

system="${TEPAT_TEST_TIMESCALE_DIR:-/var/cache/tepat-timescaledb}"
complete="$system/.complete"
binaries=/usr/lib/postgresql/17/bin
action="${1:?start or stop}"
run="$(realpath -m "${2:?folder of this run}")"
data="/var/lib/tepat-test/$(basename "$run")" # inside the system

# Commands run in the system see its /proc and our /dev/shm in a mount namespace of their own: whatever ends them,
# nothing stays mounted.
inside() {
    unshare --mount --propagation private sh -c '
        system="$1" && shift
        mount -t proc proc "$system/proc"
        mount --bind /dev/shm "$system/dev/shm"
        exec chroot --userspec=postgres:postgres "$system" "$@"' sh "$system" "$@"
}

make_system() {
    exec 9> "$system.lock"
    flock 9
    if [ ! -e "$complete" ]; then
        echo "Making the TimescaleDB system in $system …" >&2
        rm -rf --one-file-system "$system"
        debootstrap --variant=minbase --include=postgresql-17-timescaledb trixie "$system" >&2
        touch "$complete"
    fi
    exec 9>&-
}

free_port() {
    python3 -c 'import socket; print(socket.create_server(("127.0.0.1", 0)).getsockname()[1])'
}

start() {
    make_system
    mkdir -p "$run"
    local password port attempt
    password="$(python3 -c 'import secrets; print(secrets.token_urlsafe(24))')"
    port="$(free_port)"
    chroot "$system" install -d -o postgres -g postgres -m 700 /var/lib/tepat-test "$data"
    install -m 600 /dev/null "$system$data.password"
    echo "$password" > "$system$data.password"
    chroot "$system" chown postgres: "$data.password"
    inside "$binaries/initdb" -D "$data" -U postgres --pwfile "$data.password" --auth=scram-sha-256 --encoding=UTF8 \
        --locale=C --locale-provider=builtin --builtin-locale=C.UTF-8 --no-sync --no-instructions > "$run/log" 2>&1 \
        || failed "$run/log"
    rm "$system$data.password"
    inside "$binaries/postgres" -D "$data" -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= \
        -c shared_preload_libraries=timescaledb -c timescaledb.telemetry_level=off -c max_connections=200 \
        -c timescaledb.max_background_workers=64 -c max_worker_processes=96 -c shared_buffers=256MB \
        -c timezone=UTC -c fsync=off < /dev/null >> "$run/log" 2>&1 &
    local launched=$!
    for ((attempt = 0; attempt < 600; attempt++)); do
        if PGPASSWORD="$password" inside "$binaries/psql" -qAt -h 127.0.0.1 -p "$port" -U postgres -c "SELECT" > /dev/null 2>&1
        then
            echo "postgresql://postgres:$password@127.0.0.1:$port/postgres"
            return
        fi
        kill -0 "$launched" 2> /dev/null || failed "$run/log"
        sleep 0.1
    done
    failed "$run/log"
}

failed() {
    echo "TimescaleDB does not start; its log $1 ends:" >&2
    tail -20 "$1" >&2
    exit 1
}

stop() {
    local pid
    pid="$(head -n 1 "$system$data/postmaster.pid" 2> /dev/null || true)"
    if [ -n "$pid" ] && kill -INT "$pid" 2> /dev/null; then
        timeout 60 tail --pid="$pid" -f /dev/null
    fi
    rm -rf --one-file-system "${system:?}$data"
}

case "$action" in
    start) start ;;
    stop) stop ;;
    *) echo "timescaledb.sh: '$action' is neither start nor stop." >&2; exit 2 ;;
esac
