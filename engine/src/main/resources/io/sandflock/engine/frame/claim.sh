# The claim-once program: runs one command at most once, however often this text arrives.
#
# POSIX sh, for dash, bash and BusyBox; besides these needs setsid, dd, cat, wc, head, tail, base64, sleep, grep, mkdir, rm.
# Comments and indentation are not sent. No line may continue the one before inside quotes.
#
# Roles:  the REQUEST shell (what the platform started) claims, and answers;
#         the SUPERVISOR (`run`), in a session of its own so that nothing that ends the request reaches it, runs the command;
#         its PUMPS move what the command prints into segments; its TIMER enforces the timeout.
# Files, in a directory of mode 0700 that has the environment's random name, for execution N:
#         N.c claim: who runs it   N.r exit status   N.x why it was killed   N.s how it ended   N.w which request waits
#         N.o.K N.e.K output, in segments of one size   N.on N.en size, segment and step   N.of N.ef first segment that is kept
#         N.op N.ep which pump waits for room   N.q output was lost   N.g nobody wants the output any more
#         N.u when the command is carried elsewhere: it got there   N.p when its output is streamed, too: its first process there
#
# Whoever waits leaves its process in a file, sleeps, and is woken by a signal that ends the sleep. Nobody polls but a pump that waits
# for its reader while a carried command runs (make_room): nothing wakes it when that one's first process ends.
#
# A command that is carried elsewhere (`docker exec CONTAINER ...`) is a child of what is there, and not of what carries it. Its text
# there (stage.sh) says that it is there, and waits for a word on its standard input; the word is not given once the command was
# killed, and never when the carrier was. So every process of it is found by its mark from the moment that it can do something.
#
# $1 is this text; the words of ProgramText follow. Names of variables begin with an underscore: one that the sandbox exports must
# reach the command as it was.
exec 2>/dev/null
_text=$1 _op=$2 _prefix=$3 _n=$4 _wait=$5 _until=$6 _out=$7 _err=$8 _keep=$9
shift 9
_chunk=$1 _free=$2 _forget=$3
shift 3
_id=$_prefix-$_n _sight= _reach= _z= _hit=
# Bytes of a segment, and how many of them a stream that is not taken may fill.
_seg=2097152 _window=5

# Same answer for every request of an environment: an existing directory first, whatever has become writable since.
locate() {
    for _d in /var/tmp "${HOME:-/root}" /tmp /dev/shm; do
        _dir=$_d/.sandflock-$_prefix
        [ -d "$_dir" ] && return 0
    done
    return 1
}

settle_root() {
    locate && return 0
    for _d in /var/tmp "${HOME:-/root}" /tmp /dev/shm; do
        _dir=$_d/.sandflock-$_prefix
        [ -d "$_d" ] && [ -w "$_d" ] && { mkdir -m 700 "$_dir" || [ -d "$_dir" ]; } && return 0
    done
    return 1
}

# Hundredths of a second since the machine started: no fork, and no clock that may be set.
clock() {
    _now=0
    read -r _now _ </proc/uptime
    _now=${_now%.*}${_now#*.}
    _now=${_now#0}
}

# Sleeps in the background for $1 milliseconds and waits for it, so that a signal is heard at once; not at all after a signal.
nap() {
    if [ ! "$_hit" ]; then
        _ms=00$(($1 % 1000))
        sleep "$(($1 / 1000)).${_ms#"${_ms%???}"}" >/dev/null &
        _z=$!
        # The signal may have come before there was something to end.
        [ "$_hit" ] && kill $_z
        wait $_z
        # A sleep that knows whole seconds only.
        [ $? = 1 ] && [ ! "$_hit" ] && sleep $((($1 + 999) / 1000)) >/dev/null
    fi
    _z= _hit=
}

# Leaves this process in a file, to be woken.
expect_wake() {
    trap '_hit=1; [ "$_z" ] && kill $_z' USR1
    read -r _line </proc/self/stat
    _file=$1 _me=${_line%% *}
    set -- ${_line##*) }
    echo "$_me ${20}" >"$_file"
}

# Wakes the process that a file names, unless its number is another's by now.
wake() {
    _me= _since=
    [ -s "$1" ] && read -r _me _since <"$1"
    [ "$_since" ] || return
    _line=
    read -r _line <"/proc/$_me/stat"
    set -- ${_line##*) }
    [ "${20}" = "$_since" ] && kill -USR1 "$_me"
}

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

# Whether a command that ended has no output under way, though something that it left behind holds its pipes. A pump that sleeps has
# drained its pipe, unless it waits for room. Of the supervisor's session only pumps run then, and a timer that is at work.
settled() {
    _state= _over=
    [ -s "$_base.x" ] && read -r _state _ _over <"$_base.x"
    [ "$_state" = timed_out ] && [ ! "$_over" ] && return 1
    for _f in "$_base.on" "$_base.en"; do
        _step=
        read -r _ _ _step <"$_f"
        [ "$_step" = full ] && return 1
    done
    # Twice: a pump also sleeps while something that it started works, which the first list may have been too early for. Then either
    # that is in the second one, or the pump's line counts it.
    asleep || return 1
    _before=$_lines
    asleep && [ "$_lines" = "$_before" ]
}

# Whether nobody of the supervisor's session is at work; sets _lines, which tell if anybody was meanwhile.
asleep() {
    _lines=
    for _f in /proc/[0-9]*/stat; do
        read -r _line <"$_f" || continue
        set -- ${_line##*) }
        [ "$4" = "$_boss" ] || continue
        case $1 in R | D) return 1 ;; esac
        _lines="$_lines $_line"
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

# Moves what comes on standard input into the segments of stream $1. A step is a number of reads: one, so that whoever waits for
# output hears of it at once, or more when it flows. Of a collected stream the newest are kept; a streamed one waits for its reader.
pump() {
    _stream=$1 _total=0 _k=0 _have=0 _step=1 _first=0
    [ "$_until" = end ] && _step=32
    _keep_segments=$(((_keep + _seg - 1) / _seg + 1))
    while :; do
        _left=$((_seg - _have)) _block=65536
        _count=$((_left / _block))
        [ $_count -eq 0 ] && _count=1 _block=$_left
        [ $_count -gt $_step ] && _count=$_step
        note "$_count"
        clock
        _before=$_now
        dd bs=$_block count=$_count >>"$_base.$1.$_k" 2>"$_base.$1d" || discard lost
        _bytes= _reads=0+0
        # Among warnings about parts that came in parts; BusyBox does not always count bytes.
        while read -r _number _what _way _; do
            case "$_what $_way" in
                "records in") _reads=$_number ;;
                "bytes "*) _bytes=$_number ;;
            esac
        done <"$_base.$1d"
        [ "$_bytes" ] || _bytes=$(($(wc -c <"$_base.$1.$_k") - _have))
        _total=$((_total + _bytes)) _have=$((_have + _bytes))
        if [ $(($_reads)) -lt $_count ]; then
            note 1
            return
        fi
        [ -e "$_base.g" ] && discard
        if [ $_have -eq $_seg ]; then
            _have=0 _k=$((_k + 1))
            if [ "$_until" = end ]; then
                while [ $((_k - _first)) -ge $_keep_segments ]; do
                    rm -f "$_base.$1.$_first"
                    _first=$((_first + 1))
                done
            else
                make_room "$1"
            fi
        fi
        [ "$_until" = end ] && continue
        note 1
        wake "$_base.w"
        clock
        # On a busy machine a step takes its time though there is much to read.
        _step=$((_now > _before && _bytes < _count * 32768 ? 1 : _step * 2))
        [ $_step -gt 32 ] && _step=32
    done
}

# Where the pump is. Of one length, over what was there before: a file that is written anew is empty for a moment, which may be long.
note() {
    printf '%-18s %-10s %-5s\n' "$_total" "$_k" "$1" 1<>"$_base.${_stream}n"
}

# Waits until the reader has taken so much that there is room.
make_room() {
    [ -s "$_base.$1f" ] && read -r _first <"$_base.$1f"
    [ $((_k - _first)) -lt $_window ] && return
    note full
    expect_wake "$_base.$1p"
    clock
    _seen=$_now
    while [ $((_k - _first)) -ge $_window ]; do
        wake "$_base.w"
        read -r _first <"$_base.$1f"
        [ $((_k - _first)) -lt $_window ] && break
        if [ "$_reach" ]; then
            # Docker cuts the output of a command two seconds after its first process ended, and sees no other command of its
            # container end before. What is under way then is about 1.5 MiB.
            clock
            if first_has_ended; then
                _window=1048576
                [ $((_now - _seen)) -gt 150 ] && echo lost >"$_base.q"
                break
            fi
            _seen=$_now
            nap 500
        else
            nap 5000
        fi
        { [ -e "$_base.g" ] || [ ! -d "$_dir" ]; } && discard
    done
    trap '' USR1
}

# Before the command gets its word: of all that bears its mark then this is the first.
note_first() {
    _boss=$$
    tree there
    set -- $_pids
    read -r _line <"/proc/$1/stat" || return
    _p=$1
    set -- ${_line##*) }
    echo "$_p ${20}" >"$_base.p"
}

first_has_ended() {
    _p= _since= _line=
    [ -s "$_base.p" ] && read -r _p _since <"$_base.p"
    read -r _line <"/proc/$_p/stat"
    set -- ${_line##*) }
    [ "$1" = Z ] || [ "${20}" != "$_since" ]
}

# Output that nobody wants any more, or, when it is `lost`, that has no place: the command goes on without.
discard() {
    if [ -d "$_dir" ]; then
        [ "$1" ] && [ ! -e "$_base.g" ] && echo "$1" >"$_base.q"
        note 1
    fi
    exec cat >/dev/null
}

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

# Sets _size: of stream $1. What a pump is writing in a step of many reads is in its file only.
size() {
    _size=0 _k=0 _step=1
    [ -s "$_base.$1n" ] && read -r _size _k _step <"$_base.$1n"
    case $_step in
        '' | 1 | full) ;;
        *) [ -e "$_base.$1.$_k" ] && _size=$((_k * _seg + $(wc -c <"$_base.$1.$_k"))) ;;
    esac
}

# $1 where the part begins at the earliest, $2 size; sets _from and _length, within one segment.
part() {
    _from=$1
    [ "$_keep" -gt 0 ] && [ $(($2 - _keep)) -gt "$_from" ] && _from=$(($2 - _keep))
    _length=$(($2 - _from))
    [ $_length -gt "$_chunk" ] && _length=$_chunk
    [ $_length -gt $((_seg - _from % _seg)) ] && _length=$((_seg - _from % _seg))
    [ $_length -lt 0 ] && _length=0
}

# $1 stream, $2 from, $3 length, $4 size; the segment may be growing.
emit() {
    [ "$3" -eq 0 ] && return
    _f=$_base.$1.$(($2 / _seg))
    if [ "$_whole" ] && [ $(($2 % _seg)) -eq 0 ] && [ $(($2 + $3)) -eq "$4" ]; then
        base64 <"$_f"
    elif [ $(($2 % _seg)) -eq 0 ]; then
        head -c "$3" "$_f" | base64
    else
        tail -c "+$(($2 % _seg + 1))" "$_f" | head -c "$3" | base64
    fi
}

# $1 status; answers, tidies and ends.
answer() {
    _status=$1 _ending=exited _code=0 _millis=0 _whole= _osize=0 _esize=0
    if [ "$_status" = done ]; then
        read -r _ending _code _millis _whole <"$_base.s"
    elif [ "$_status" = running ] && [ "${_began:-0}" -gt 0 ]; then
        clock
        _millis=$(((_now - _began) * 10))
    fi
    if [ "$_status" = done ] || [ "$_until" = output ]; then
        size o
        _osize=$_size
        size e
        _esize=$_size
    fi
    part "$_out" $_osize
    _ofrom=$_from _olength=$_length
    part "$_err" $_esize
    printf '\n=sandflock/1 %s %s %s %s %s %s ' "$_id" "$_status" "$_claimed" "$_ending" "$_code" "$_millis"
    printf '%s %s %s %s %s %s %s\n' $_osize "$_ofrom" "$_olength" $_esize "$_from" "$_length" "$_seg:$_base"
    emit o "$_ofrom" "$_olength" $_osize
    printf '\n-\n'
    emit e "$_from" "$_length" $_esize
    printf '\n=sandflock/1 %s end\n' "$_id"
    exit 0
}

refuse() {
    printf '\n=sandflock/1 %s failed 0 exited 0 0 0 0 0 %s 0 %s -\n\n-\n' "$_id" "${#1}" "${#1}"
    printf %s "$1" | base64
    printf '\n=sandflock/1 %s end\n' "$_id"
    exit 0
}

# Whether there is output beyond the offsets of a request that wants it. Sets _brisk when a pump does not tell of every read.
news() {
    _brisk=
    [ "$_until" = output ] || return 1
    size o
    [ "$_size" -gt "$_out" ] && return 0
    case $_step in '' | 1 | full) ;; *) _brisk=1 ;; esac
    size e
    case $_step in '' | 1 | full) ;; *) _brisk=1 ;; esac
    [ "$_size" -gt "$_err" ] || return 1
    # What the stage before the command says of a start that failed is told with the ending.
    _line=
    [ "$_err" = 0 ] && read -r _line <"$_base.e.0"
    case $_line in "sandflock-$_id"[:/]*) return 1 ;; esac
    return 0
}

# What the reader has taken is deleted, and a pump that waits for room goes on.
taken() {
    [ "$_until" = output ] || return
    take o "$_out"
    take e "$_err"
}

take() {
    _first=0
    [ -s "$_base.$1f" ] && read -r _first <"$_base.$1f"
    _upto=$(($2 / _seg))
    [ $_upto -gt $((_first)) ] || return
    _letter=$1
    set --
    _i=$((_first))
    while [ $_i -lt $_upto ]; do
        set -- "$@" "$_base.$_letter.$_i"
        _i=$((_i + 1))
    done
    rm -f "$@"
    echo $_upto >"$_base.${_letter}f"
    wake "$_base.${_letter}p"
}

# Answers for a claimed execution, after a bounded wait.
attach() {
    clock
    _deadline=$((_now + _wait / 10))
    expect_wake "$_base.w"
    taken
    while :; do
        _who= _boss=0 _began=0 _reach=
        read -r _who _boss _began _reach <"$_base.c"
        [ -s "$_base.s" ] && answer done
        news && answer running
        clock
        [ "$_now" -ge "$_deadline" ] && answer running
        _pause=$(((_deadline - _now) * 10))
        # The claim is written with its owner. An owner that is gone and left no result will leave none.
        [ $_pause -gt 5000 ] && _pause=5000
        if [ "$_boss" ] && [ "$_boss" != 0 ] && [ ! -d "/proc/$_boss" ]; then
            sleep .02
            read -r _who _boss _began _reach <"$_base.c"
            [ -s "$_base.s" ] && answer done
            [ -d "/proc/$_boss" ] || answer lost
        fi
        if [ -s "$_base.r" ]; then
            # The supervisor is about to say so, unless something holds the command's pipes.
            _i=0
            while [ ! -s "$_base.s" ] && [ $_i -lt 300 ]; do
                _i=$((_i + 1))
            done
            [ -s "$_base.s" ] && answer done
            nap 30
            _hit=
            [ ! -s "$_base.s" ] && settled && publish && answer done
            continue
        fi
        [ "$_brisk" ] && [ $_pause -gt 30 ] && _pause=30
        nap $_pause
    done
}

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
        # A shell's `&` would make the command ignore SIGINT, and setsid starts a child only as the leader of a group: the first
        # makes a leader, the second a child in a session of its own.
        set -- setsid setsid /bin/sh -c 'eval "$1"' "sandflock-$_id" "$_text" run "$_prefix" "$_n" "$_wait" "$_until" "$_dir" 0 "$_keep" 0 '' '' "$@"
        "$@" >/dev/null
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
