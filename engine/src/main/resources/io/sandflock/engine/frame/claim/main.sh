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
        settle_root || refuse "no directory can be written to in the sandbox: tried /var/tmp, the home directory, /tmp and /dev/shm"
        _base=$_dir/$_n
        tidy
        if ! claim "request $$ 0"; then
            [ -e "$_base.c" ] || refuse "cannot write to $_dir"
            attach
        fi
        # A shell's `&` would make the command ignore SIGINT. util-linux's setsid starts a child when it is told to, others only as the
        # leader of a group, and nothing when they are told what they do not know: then the first makes a leader, the second a child
        # in a session of its own.
        set -- /bin/sh -c 'eval "$1"' "sandflock-$_id" "$_text" run "$_prefix" "$_n" "$_wait" "$_until" "$_dir" 0 "$_keep" 0 '' '' "$@"
        setsid -f "$@" >/dev/null || [ $? -ne 1 ] || setsid setsid "$@" >/dev/null
        # The supervisor may still be on its way.
        attach
        ;;
    run)
        _dir=$_out
        _base=$_dir/$_n
        _timeout=$1 _user=$2 _cwd=$3 _stdin=$4 _upload=$5
        shift 5
        _become= _home= _su= _name=
        if [ "$_user" ]; then
            switch_user
        fi
        case $_stdin in
            inline)
                printf %s "$SANDFLOCK_STDIN" | base64 -d >"$_base.i"
                unset SANDFLOCK_STDIN
                exec <"$_base.i"
                rm -f "$_base.i"
                ;;
            file) exec <"$_upload/stdin" ;;
            *) exec </dev/null ;;
        esac
        if [ "$_upload" ]; then
            . "$_upload/args"
            rm -rf "$_upload"
        fi
        [ "$1" = 0 ] || _reach=reach
        shift
        if [ "$_reach" ]; then
            command -v mkfifo >/dev/null || stillborn reach_failed 126 "mkfifo is not installed in the sandbox"
        fi
        if [ "$_name" ]; then
            set -- env "PATH=$PATH" "HOME=$_home" "USER=$_name" "LOGNAME=$_name" "SANDFLOCK_EXEC=$_id." "$@"
            if [ "$_su" ]; then
                set -- $_become -c 'exec "$@"' -- "$_su" sh "$@"
            else
                set -- $_become "$@"
            fi
        fi
        supervise "$@"
        ;;
esac
