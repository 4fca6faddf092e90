# What became of the container $1: a word for its state, its exit code, whether it was killed for want of memory. Then, when it runs,
# what docker says of a command of the user $2, which it says on either stream; else the end of its log.
if state=$(docker inspect -f '{{.State.Status}} {{.State.ExitCode}} {{.State.OOMKilled}}' "$1" 2>/dev/null); then
    echo "$state"
    case $state in
        running*) docker exec ${2:+"--user=$2"} "$1" /bin/sh -c : 2>&1 ;;
        *) docker logs --tail 20 "$1" 2>&1 | tail -c 2000 ;;
    esac
elif docker version >/dev/null 2>&1; then
    echo 'removed 0 false'
else
    echo 'daemon 0 false'
fi
