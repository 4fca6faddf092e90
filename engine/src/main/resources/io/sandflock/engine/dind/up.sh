# Brings the services of a project up in a sandbox: daemon, images, containers; waits for them, and reports. For dash, bash and BusyBox.
#
# $1 the word that begins each line of the report; $2 folder for the project; $3 the project's name; $4 seconds for the daemon; $5 for
# images; $6 for the services; $7 whether any is built; $8 whether images beside those that follow may be needed; then the images to pull when they are not there. Standard input: the project, as
# an archive. Standard output: the report, in few writes, since each costs its reader a request.
word=$1 root=$2 project=$3 daemon_in=$4 images_in=$5 services_in=$6 builds=$7 others=$8
shift 8
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
unset DOCKER_HOST DOCKER_CONTEXT
umask 022
logs=$root/.logs
daemon_log=/var/log/dockerd.log
exec 3<&0 </dev/null

# Sets now: milliseconds since the machine started, as exact as hundredths of a second are.
clock() {
    now=0
    read -r now now_idle </proc/uptime
    now=${now%.*}${now#*.}0
    now=${now#0}
}

# Ends a phase: its name and how long it took.
phase() {
    clock
    phases="$phases $1=$((now - since))"
    since=$now
}

# Whether the phase has lasted longer than $1 seconds.
late() {
    clock
    [ $((now - since)) -gt $(($1 * 1000)) ]
}

section() {
    printf '\n-- %s\n' "$1"
    tail -c 3000
}

# $1 kind, $2 service or -, $3 its container or -, $4 what happened; ends the program with all that is known.
fail() {
    phase "$1"
    kind=$1
    # A sandbox that lacks a tool is not the services' fault.
    [ "$kind" = daemon ] || docker compose version >/dev/null 2>&1 || kind=compose
    {
        printf '%s failed %s %s %s\n' "$word" "$kind" "$2" "$4"
        if [ "$3" != - ]; then
            docker inspect -f '{{with (index .State "Health")}}{{range .Log}}{{.ExitCode}} {{.Output}}{{println}}{{end}}{{end}}' "$3" |
                grep . | tail -n 3 >"$logs/health"
            [ -s "$logs/health" ] && section "last health checks of $2" <"$logs/health"
            docker logs --tail 40 "$3" 2>&1 | section "log of $2"
        fi
        case $kind in
            daemon) tail -n 30 "$daemon_log" | section "log of the Docker daemon" ;;
            *)
                for part in load pull build up; do
                    case $kind.$part in
                        pull.load | *.pull | build.build | *.up) [ -s "$logs/$part" ] && section "docker: $part" <"$logs/$part" ;;
                    esac
                done
                compose ps -a 2>&1 | section "docker compose ps"
                grep -v -e level=info -e "cleaning up after" "$daemon_log" | tail -n 8 | section "log of the Docker daemon, without information"
                ;;
        esac
        printf '%s phases%s\n' "$word" "$phases"
    } 2>/dev/null >"$logs/report"
    cat "$logs/report"
    exit 1
}

compose() {
    docker compose --project-name "$project" --project-directory "$root" --file "$root/compose.json" "$@"
}

# Waits for the file $1, which a part in the background leaves with its exit code; false when it does not come within $2 seconds.
ended() {
    until [ -s "$1" ]; do
        late "$2" && return 1
        sleep .05
    done
}

# A daemon, or a script that becomes one: its name is what it was started as.
daemon_runs() {
    for f in /proc/[0-9]*/comm; do
        read -r name <"$f" || continue
        case $name in dockerd*) return 0 ;; esac
    done 2>/dev/null
    return 1
}

start_daemon() {
    rm -f /run/docker.pid /var/run/docker.pid /run/docker/containerd/containerd.pid
    if command -v dockerd-entrypoint.sh >/dev/null; then
        set -- dockerd-entrypoint.sh dockerd
    elif command -v dockerd >/dev/null; then
        set -- dockerd
        for f in /proc/sys /sys /sys/fs/cgroup; do
            [ -w "$f" ] || mount -o remount,rw "$f" 2>/dev/null
        done
        iptables -nL >/dev/null 2>&1 || set -- "$@" --iptables=false --ip6tables=false
        # It would be chosen by itself, and nothing would run.
        if command -v fuse-overlayfs >/dev/null && [ ! -e /dev/fuse ]; then
            set -- "$@" --storage-driver=vfs
        fi
    else
        fail daemon - - "there is no dockerd in the sandbox; its snapshot must be made from an image with a Docker daemon"
    fi
    (
        unset SANDFLOCK_EXEC
        export DOCKER_TLS_CERTDIR=
        exec setsid "$@" --host=unix:///var/run/docker.sock >"$daemon_log" 2>&1
    ) &
    started=$!
}

await_daemon() {
    started=
    daemon_runs || docker version >/dev/null 2>&1 || start_daemon
    until [ -S /var/run/docker.sock ] && docker version >"$logs/probe" 2>&1; do
        late "$daemon_in" && fail daemon - - "the Docker daemon did not answer within $daemon_in s: $(tail -n 1 "$logs/probe")"
        if [ "$started" ] && ! kill -0 "$started" 2>/dev/null && ! daemon_runs; then
            fail daemon - - "the Docker daemon ended before it answered"
        fi
        sleep .03
    done
}

# The archives that may be needed: by an index, which says the archive and its image in each line, or all.
archives() (
    cd /var/lib/sandflock/images 2>/dev/null || return
    if [ "$others" ] || [ ! -s index ]; then
        ls -- *.tar 2>/dev/null
        return
    fi
    while read -r archive image; do
        for wanted in "$@"; do
            [ "$wanted" = "$image" ] && echo "$archive"
        done
    done <index
)

# Archives that the sandbox's snapshot brings, then what is still missing; each at the same time as the others.
get_images() {
    archives "$@" >"$logs/archives"
    if [ -s "$logs/archives" ]; then
        # Of a shell of their own, which waits for nothing else.
        (
            while read -r f; do
                docker load -q -i "/var/lib/sandflock/images/$f" >>"$logs/load" 2>&1 &
            done <"$logs/archives"
            wait
        )
        phase load
    fi
    [ $# -gt 0 ] || return 0
    (
        for image in "$@"; do
            {
                docker image inspect "$image" >/dev/null 2>&1 || docker pull -q "$image" >>"$logs/pull" 2>&1 || echo "$image" >>"$logs/missing"
            } &
        done
        wait
        echo 0 >"$logs/pull.rc"
    ) &
    ended "$logs/pull.rc" "$images_in" || fail pull - - "images were not pulled within $images_in s: $*"
    [ -s "$logs/missing" ] && fail pull - - "images could not be pulled: $(tr '\n' ' ' <"$logs/missing")"
    phase pull
}

# Sets verdict: ready, pending or broken, and for the last two service, container and what.
look() {
    containers=$(docker ps -aq --no-trunc --filter "label=com.docker.compose.project=$project" --filter label=com.docker.compose.oneoff=False)
    verdict=ready
    [ "$containers" ] || { verdict=pending service=- container=- what="no container was made" && return; }
    if ! docker inspect -f "$format" $containers >"$logs/states" 2>"$logs/look"; then
        verdict=pending service=- container=- what="could not be looked at: $(tail -n 1 "$logs/look")"
        return
    fi
    while IFS='|' read -r name number id status code health rest; do
        case $status.$health in
            running.unhealthy) found=broken sort=unhealthy said="is unhealthy: its health check failed too often" ;;
            running.starting) found=pending said="is not healthy yet" ;;
            running.* | paused.*) continue ;;
            exited.* | dead.*)
                [ "$code" = 0 ] && continue
                found=broken sort=exited said="exited with code $code"
                ;;
            *) found=pending said="is $status" ;;
        esac
        [ "$verdict" = broken ] && continue
        [ "$verdict$found" = pendingpending ] && continue
        verdict=$found kind=$sort service=$name container=$id what=$said
    done <"$logs/states"
}

# By index, since what is empty may be left out, and a field that is not there is an error.
format='{{index .Config.Labels "com.docker.compose.service"}}|{{index .Config.Labels "com.docker.compose.container-number"}}|{{.Id}}'
format="$format"'|{{.State.Status}}|{{.State.ExitCode}}|{{with (index .State "Health")}}{{.Status}}{{else}}none{{end}}'
format="$format"'|{{with (index .Config "User")}}{{.}}{{end}}|{{with (index .Config "WorkingDir")}}{{.}}{{end}}|.'

services() {
    (
        compose up --detach --quiet-pull >"$logs/up" 2>&1
        echo $? >"$logs/up.rc"
    ) &
    sort= kind= service=- container=- what=
    if ! ended "$logs/up.rc" "$services_in"; then
        look
        fail timeout "$service" "$container" "was not ready within $services_in s: it $what"
    fi
    read -r code_of_up <"$logs/up.rc"
    while :; do
        look
        [ "$verdict" = broken ] && fail "$kind" "$service" "$container" "$what"
        [ "$code_of_up" = 0 ] || fail up - - "docker compose up failed: $(tail -n 1 "$logs/up")"
        [ "$verdict" = ready ] && break
        late "$services_in" && fail timeout "$service" "$container" "was not ready within $services_in s: it $what"
        sleep .05
    done
    phase services
}

clock
since=$now phases=
mkdir -p "$logs" || exit 1
(
    tar -x -f - -C "$root" <&3 2>"$logs/unpack" || echo failed >"$logs/unpack.rc"
) &
unpacking=$!
exec 3<&-
await_daemon
phase dockerd
printf '%s ready%s\n' "$word" "$phases"
wait "$unpacking"
[ -e "$logs/unpack.rc" ] && fail upload - - "the project's files could not be unpacked: $(tail -n 1 "$logs/unpack")"
phase unpack
get_images "$@"
if [ "$builds" ]; then
    (
        BUILDKIT_PROGRESS=plain COMPOSE_BAKE=false compose build >"$logs/build" 2>&1
        echo $? >"$logs/build.rc"
    ) &
    ended "$logs/build.rc" "$images_in" || fail build - - "images were not built within $images_in s"
    read -r built <"$logs/build.rc"
    [ "$built" = 0 ] || fail build - - "a service's image could not be built"
    phase build
fi
services
{
    while IFS='|' read -r name number id status code health rest; do
        printf '%s service|%s|%s|%s|%s|%s\n' "$word" "$name" "$number" "$id" "$status" "$rest"
    done <"$logs/states"
    printf '%s up%s\n' "$word" "$phases"
} >"$logs/report"
cat "$logs/report"
