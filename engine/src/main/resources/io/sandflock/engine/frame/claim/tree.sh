# Every process of an execution, and its end.

# Sets _pids: every process of the execution. By its mark in the environment, and by descent from the supervisor's session ($_boss),
# whose own processes are not part of it, and from what was found so far.
# With $1 `there`, only what was carried elsewhere: the carrier brings its last output, and ends by itself.
tree() {
    _pids= _ours= _there=$1
    # BusyBox's grep sees no further than the first NUL; a shell's read leaves NULs out, but takes a system call for each byte.
    [ "$_sight" ] || { printf 'a\0b' | grep -qF b && _sight=far; } || _sight=near
    if [ $_sight = far ]; then
        for _f in $(grep -lsF "SANDFLOCK_EXEC=$_id." /proc/[0-9]*/environ); do
            _f=${_f#/proc/}
            _pids="$_pids ${_f%/environ}"
        done
    else
        for _f in /proc/[0-9]*; do
            _line=
            while read -r _line || [ "$_line" ]; do
                case $_line in
                    *"SANDFLOCK_EXEC=$_id."*)
                        _pids="$_pids ${_f#/proc/}"
                        break
                        ;;
                esac
                _line=
            done <"$_f/environ"
        done
    fi
    _found=1
    while [ "$_found" ]; do
        _found=
        for _f in /proc/[0-9]*/stat; do
            read -r _line <"$_f" || continue
            _p=${_line%% *}
            case " $_pids $_ours " in *" $_p "*) continue ;; esac
            set -- ${_line##*) }
            case $1 in Z | X) continue ;; esac
            if [ "$4" = "$_boss" ]; then
                _ours="$_ours $_p" _found=1
                continue
            fi
            _own="$_boss $_ours"
            [ "$_there" ] && _own=
            case " $_own $_pids " in
                *" $2 "* | *" $4 "*) _pids="$_pids $_p" _found=1 ;;
            esac
        done
    done
    [ "$_pids" ]
}

strike() {
    kill "-$1" $_pids || sudo -n kill "-$1" $_pids
}

# TERM, five seconds, KILL; and again for what was forked meanwhile. By the clock, and from when the end was decided ($1, a time): on
# a machine that is too busy the next request goes on where this one was killed.
end_tree() {
    { [ "$_reach" ] && tree there && strike TERM; } || { tree && strike TERM; }
    clock
    while tree && [ "$_now" -lt $(($1 + 500)) ]; do
        sleep .05
        clock
    done
    while tree && [ "$_now" -lt $(($1 + 1200)) ]; do
        strike KILL
        sleep .02
        clock
    done
}

timer() {
    nap "$_timeout"
    clock
    echo "timed_out $_now" >"$_base.x"
    _boss=$$
    end_tree "$_now"
    echo "timed_out $_now over" >"$_base.x"
}
