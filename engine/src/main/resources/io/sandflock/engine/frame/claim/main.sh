# The request shell's operations. Last, for here it begins to work.

claim() {
    set -C
    if echo "$1" >"$_base.c"; then
        set +C
        _claimed=1
        return 0
    fi
    set +C
    return 1
}

tidy() {
    set --
    for _k in $_free $_forget; do
        _whole=whole
        [ -s "$_dir/$_k.s" ] && read -r _ _ _ _whole <"$_dir/$_k.s"
        # Something still prints.
        [ "$_whole" ] || echo gone >"$_dir/$_k.g"
        set -- "$@" "$_dir/$_k".[oe]* "$_dir/$_k".[pqrsuwx]
    done
    for _k in $_forget; do
        set -- "$@" "$_dir/$_k.c" "$_dir/$_k.g"
    done
    if [ $# -gt 0 ]; then
        rm -f "$@" >/dev/null &
    fi
}

# Claims and answers, and says to the supervisor on standard output where its files are, once the claim is its own.
start() {
    exec 4>&1 >&3 3>&-
    settle_root || refuse "no directory can be written to in the sandbox: tried /var/tmp, the home directory, /tmp and /dev/shm"
    _base=$_dir/$_n
    tidy 4>&-
    if claim "request $$ 0"; then
        # Where no supervisor could be started nobody listens.
        trap '' PIPE
        echo "$_dir" >&4
        trap - PIPE
    elif [ ! -e "$_base.c" ]; then
        refuse "cannot write to $_dir"
    fi
    exec 4>&-
    # The supervisor may still be on its way.
    attach
}

_claimed=0
case $_op in
    clean)
        locate && rm -rf "$_dir"
        rm -rf "/var/tmp/.sandflock-$_prefix".*
        _base=/dev/null/none
        answer cleaned
        ;;
    attach)
        locate || { _base=/dev/null/none && answer unknown; }
        _base=$_dir/$_n
        tidy
        [ -e "$_base.c" ] || answer unknown
        attach
        ;;
    kill)
        settle_root || refuse "no directory can be written to in the sandbox"
        _base=$_dir/$_n
        tidy
        if claim "bar 0 0"; then
            echo 'killed 137 0' >"$_base.s"
            rm -rf "/var/tmp/.sandflock-$_prefix.$_n"
            answer done
        fi
        read -r _who _boss _began _reach <"$_base.c"
        if [ ! -s "$_base.s" ]; then
            eval "$_later"
            clock
            [ -s "$_base.x" ] || echo "killed $_now" >"$_base.x"
            read -r _ending _now <"$_base.x"
            # Nobody will read.
            echo gone >"$_base.g"
            wake "$_base.op"
            wake "$_base.ep"
            end_tree "$_now"
        fi
        _wait=2000
        attach
        ;;
    start)
        command -v setsid >/dev/null || refuse "setsid is not installed in the sandbox; util-linux and BusyBox have it"
        # The supervisor starts while the request claims, and waits for its word. A shell's `&` would make the command ignore SIGINT.
        # util-linux's setsid starts a child when it is told to, others only as the leader of a group, and nothing when they are told
        # what they do not know: then the first makes a leader, the second a child in a session of its own.
        {
            start | {
                exec 3>&- >/dev/null
                set -- /bin/sh -c 'eval "$1"; eval "$_later"' "sandflock-$_id" "$_text" "$_later" '' run "$_prefix" "$_n" "$_wait" "$_until" 0 0 "$_keep" 0 '' '' "$@"
                setsid -f "$@" || [ $? -ne 1 ] || setsid setsid "$@"
            }
        } 3>&1
        exit 0
        ;;
esac
