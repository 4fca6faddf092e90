# The supervisor (`run`): the command as its user, and how it ended.

# Runs the command in the foreground: what a shell starts with `&` ignores SIGINT for ever. Its streams are pipes, since a
# command may open /dev/stderr anew, which would cut a file.
command_and_status() {
    if [ "$_reach" ]; then
        first_word 3>&- | carry "$@"
    else
        # In a subshell, so that what a shell says of a signal goes to this one's own stderr.
        (become_command "$@")
    fi
    echo $? >"$_base.r"
    wake "$_base.w"
}

# Exports the variables of an upload: for the command alone, since they may leave no room for what else is started here.
uploaded_variables() { :; }

become_command() {
    trap - USR1
    uploaded_variables
    unset SANDFLOCK_STDIN
    # The carrier is not what is to be found.
    [ "$_reach" ] || export SANDFLOCK_EXEC="$_id."
    exec setsid "$@" 2>&3 3>&- 4>&-
}

# What the command reads, after the word that it waits for.
first_word() {
    read -r _line <&4
    [ "$_line" = up ] && [ ! -s "$_base.x" ] && echo go && exec cat 4>&-
}

carry() {
    (become_command "$@")
    _code=$?
    # Whatever became of it, nobody needs to wait for it any more.
    echo ended >&4
    exit $_code
}

# Standard error of a command that is carried elsewhere. What comes before it is there is the carrier's.
errors_from_there() {
    _went=no
    while IFS= read -r _line || [ "$_line" ]; do
        if [ "$_line" = "sandflock-$_id/up" ]; then
            _went=up
            [ "$_until" = end ] || note_first
            echo up >"$_base.u"
            break
        fi
        printf '%s\n' "$_line" >>"$_base.ee"
        _line=
    done
    echo $_went >&4
    exec 4>&-
    if [ $_went = up ]; then
        pump e
    else
        pump e <"$_base.ee"
    fi
}

supervise() {
    clock
    _began=$_now
    echo "run $$ $_began $_reach" >"$_base.c"
    trap '' USR1
    _timer=
    if [ "$_timeout" -gt 0 ]; then
        timer &
        _timer=$!
    fi
    exec >/dev/null
    if [ "$_reach" ]; then
        # Open for both: what is written stays until it is read, whoever comes first.
        mkfifo -m 600 "$_base.l" && exec 4<>"$_base.l" && rm -f "$_base.l"
        : >"$_base.ee"
        { command_and_status "$@" | pump o 3>&- 4>&-; } 3>&1 >/dev/null | errors_from_there
        exec 4>&-
    else
        { command_and_status "$@" | pump o 3>&-; } 3>&1 >/dev/null | pump e
    fi
    _ending=
    [ -s "$_base.x" ] && read -r _ending _ <"$_base.x"
    [ "$_ending" = timed_out ] && wait $_timer
    # Both streams came to their end: what is in the files now is all that there will be.
    publish whole
    wake "$_base.w"
    if [ "$_timer" ]; then
        trap : TERM
        kill -TERM 0
    fi
    exit
}

# Writes N.s, once: in one write, so that a reader finds either nothing or all of it. $1 is `whole` when both streams ended. The
# supervisor and a request may both come here: whoever comes second must not cut what is there.
publish() {
    [ -s "$_base.s" ] && return
    _code=137
    read -r _code <"$_base.r"
    _ending=exited
    [ "$_reach" ] && [ ! -e "$_base.u" ] && _ending=reach_failed
    [ -s "$_base.q" ] && _ending=output_lost
    [ -s "$_base.x" ] && read -r _ending _ <"$_base.x"
    case $_code in
        126 | 127)
            # The supervisor and the stage before the command name themselves by $0 in their messages; the command never does.
            _line=
            read -r _line <"$_base.e.0"
            case $_line in
                "sandflock-$_id/cwd: "*) _ending=cwd_failed ;;
                # A bash that was called sh forgets what it was told to be called.
                "sandflock-$_id: "* | "environment: line "*"/setsid: Argument list too long") _ending=exec_failed ;;
            esac
            ;;
    esac
    clock
    set -C
    echo "$_ending $_code $(((_now - _began) * 10)) $1" >"$_base.s"
    set +C
}

# A start that failed before there was a command: $1 the ending, $2 the exit code, $3 the reason.
stillborn() {
    echo "$3" >"$_base.e.0"
    echo "$((${#3} + 1)) 0 1" >"$_base.en"
    echo "run $$ 0" >"$_base.c"
    echo "$1 $2 0" >"$_base.s"
    exit
}

# Sets _become (the words that switch to $_user) and _home, or nothing when we are that user.
switch_user() {
    _me=
    while read -r _key _ _euid _; do
        [ "$_key" = Uid: ] && _me=$_euid && break
    done </proc/self/status
    _uid= _gid= _home=/ _name=$_user _known=
    while IFS=: read -r _pname _ _puid _pgid _ _phome _; do
        if [ "$_pname" = "$_user" ] || [ "$_puid" = "$_user" ]; then
            _uid=$_puid _gid=$_pgid _home=$_phome _name=$_pname _known=1
            break
        fi
    done </etc/passwd
    if [ -z "$_uid" ]; then
        case $_user in
            *[!0-9]*)
                _uid=$(id -u -- "$_user") || stillborn user_failed 126 "user $_user: no such user in the sandbox"
                _gid=$(id -g -- "$_user") _known=1
                ;;
            *) _uid=$_user _gid=$_user ;;
        esac
    fi
    [ "$_uid" = "$_me" ] && return
    _become=
    if [ "$_me" != 0 ]; then
        sudo -n -E true || stillborn user_failed 126 "user $_user: only root can switch users, and sudo -n -E was refused"
        _become="sudo -n -E --"
    fi
    [ "$_uid" = 0 ] && [ "$_become" ] && return
    _groups=--init-groups
    [ "$_known" ] || _groups=--clear-groups
    if $_become setpriv --reuid "$_uid" --regid "$_gid" $_groups true; then
        _become="$_become setpriv --reuid $_uid --regid $_gid $_groups --"
    elif command -v su >/dev/null; then
        _become="$_become su -s /bin/sh" _su=$_name
    else
        stillborn user_failed 126 "user $_user: neither setpriv nor su is there to switch users"
    fi
}
