# The claim-once program: runs one command at most once, however often this text arrives.
#
# POSIX sh, for dash, bash and BusyBox; besides these needs setsid, cat, wc, head, tail, base64, sleep, grep, mkdir, rm.
# Comments and indentation are not sent. No line may continue the one before inside quotes.
#
# Roles:  the REQUEST shell (what the platform started) claims, and answers;
#         the SUPERVISOR (`run`), in a session of its own so that nothing that ends the request reaches it, runs the command;
#         its TIMER holds the pipe that the request waits on, ends the wait, and enforces the timeout.
# Files, in a directory of mode 0700 that has the environment's random name, for execution N:
#         N.c claim: who runs it   N.o N.e output   N.r exit status   N.x why it was killed   N.s how it ended
#         N.u when the command is carried elsewhere: it got there
#
# A command that is carried elsewhere (`docker exec CONTAINER ...`) is a child of what is there, and not of what carries it. Its text
# there (stage.sh) says that it is there, and waits for a word on its standard input; the word is not given once the command was
# killed, and never when the carrier was. So every process of it is found by its mark from the moment that it can do something.
#
# $1 is this text; the words of ProgramText follow.
exec 2>/dev/null
text=$1 op=$2 prefix=$3 n=$4 wait=$5 until=$6 out=$7 err=$8 keep=$9
shift 9
chunk=$1 free=$2 forget=$3
shift 3
id=$prefix-$n sight= reach=

# Same answer for every request of an environment: an existing directory first, whatever has become writable since.
locate() {
    for d in /var/tmp "${HOME:-/root}" /tmp /dev/shm; do
        dir=$d/.sandflock-$prefix
        [ -d "$dir" ] && return 0
    done
    return 1
}

settle_root() {
    locate && return 0
    for d in /var/tmp "${HOME:-/root}" /tmp /dev/shm; do
        dir=$d/.sandflock-$prefix
        [ -d "$d" ] && [ -w "$d" ] && { mkdir -m 700 "$dir" || [ -d "$dir" ]; } && return 0
    done
    return 1
}

# Hundredths of a second since the machine started: no fork, and no clock that may be set.
clock() {
    now=0
    read -r now _ </proc/uptime
    now=${now%.*}${now#*.}
    now=${now#0}
}

# Sleeps in the background for $1 milliseconds and waits for it, so that a signal is heard at once.
nap() {
    ms=00$(($1 % 1000))
    sleep "$(($1 / 1000)).${ms#"${ms%???}"}" >/dev/null &
    z=$!
    wait $z
    # A sleep that knows whole seconds only.
    [ $? = 1 ] && sleep $((($1 + 999) / 1000)) >/dev/null
}

# Sets pids: every process of the execution. By its mark in the environment, and by descent from the supervisor's session ($boss),
# whose own processes are not part of it, and from what was found so far.
# With $1 `there`, only what was carried elsewhere: the carrier brings its last output, and ends by itself.
tree() {
    pids= ours= there=$1
    # BusyBox's grep sees no further than the first NUL; a shell's read leaves NULs out, but takes a system call for each byte.
    [ "$sight" ] || { printf 'a\0b' | grep -qF b && sight=far; } || sight=near
    if [ $sight = far ]; then
        for f in $(grep -lsF "SANDFLOCK_EXEC=$id." /proc/[0-9]*/environ); do
            f=${f#/proc/}
            pids="$pids ${f%/environ}"
        done
    else
        for f in /proc/[0-9]*; do
            line=
            while read -r line || [ "$line" ]; do
                case $line in
                    *"SANDFLOCK_EXEC=$id."*)
                        pids="$pids ${f#/proc/}"
                        break
                        ;;
                esac
                line=
            done <"$f/environ"
        done
    fi
    found=1
    while [ "$found" ]; do
        found=
        for f in /proc/[0-9]*/stat; do
            read -r line <"$f" || continue
            p=${line%% *}
            case " $pids $ours " in *" $p "*) continue ;; esac
            set -- ${line##*) }
            case $1 in Z | X) continue ;; esac
            if [ "$4" = "$boss" ]; then
                ours="$ours $p" found=1
                continue
            fi
            own="$boss $ours"
            [ "$there" ] && own=
            case " $own $pids " in
                *" $2 "* | *" $4 "*) pids="$pids $p" found=1 ;;
            esac
        done
    done
    [ "$pids" ]
}

strike() {
    kill "-$1" $pids || sudo -n kill "-$1" $pids
}

# TERM, five seconds, KILL; and again for what was forked meanwhile. By the clock, and from when the end was decided ($1, a time): on
# a machine that is too busy the next request goes on where this one was killed.
end_tree() {
    { [ "$reach" ] && tree there && strike TERM; } || { tree && strike TERM; }
    clock
    while tree && [ "$now" -lt $(($1 + 500)) ]; do
        sleep .05
        clock
    done
    while tree && [ "$now" -lt $(($1 + 1200)) ]; do
        strike KILL
        sleep .02
        clock
    done
}

# Writes N.s, once: in one write, so that a reader finds either nothing or all of it. $1 is `whole` when both streams ended. The
# supervisor and its timer may both come here: whoever comes second must not cut what is there, nor the first be ended before it wrote.
publish() {
    [ -s "$base.s" ] && return
    trap '' TERM
    code=137
    read -r code <"$base.r"
    ending=exited
    [ "$reach" ] && [ ! -e "$base.u" ] && ending=reach_failed
    [ -s "$base.x" ] && read -r ending _ <"$base.x"
    case $code in
        126 | 127)
            # The stage before the command names itself by $0 in its messages; the command never does.
            read -r line <"$base.e"
            case $line in
                "sandflock-$id/cwd: "*) ending=cwd_failed ;;
                "sandflock-$id: "*) ending=exec_failed ;;
            esac
            ;;
    esac
    clock
    set -C
    echo "$ending $code $(((now - began) * 10)) $1" >"$base.s"
    set +C
}

# For a command that ended while something that it left behind holds its output. The supervisor, which waits for the end of both
# streams, would have ended this process by now otherwise. A pump that sleeps has drained its pipe; of the supervisor's session
# only this process runs then.
drain() {
    trap : USR1
    busy=2
    while [ $busy -gt 1 ]; do
        sleep .03
        busy=0
        for f in /proc/[0-9]*/stat; do
            read -r line <"$f" || continue
            set -- ${line##*) }
            [ "$4" = $$ ] || continue
            case $1 in R | D) busy=$((busy + 1)) ;; esac
        done
    done
    publish
    exit
}

timer() {
    trap 'kill $z; drain' USR1
    # The command may have ended before the trap was set: its signal was ignored then.
    [ -s "$base.r" ] && drain
    if [ "$timeout" -eq 0 ] || [ "$timeout" -gt "$wait" ]; then
        nap "$wait"
        # The request's wait ends here: it reads from this pipe.
        exec >/dev/null
        [ "$timeout" -gt 0 ] && timeout=$((timeout - wait))
    fi
    while [ "$timeout" -eq 0 ]; do
        nap 86400000
    done
    nap "$timeout"
    trap : USR1
    clock
    echo "timed_out $now" >"$base.x"
    boss=$$
    end_tree "$now"
    drain
}

# Runs the command in the foreground: what a shell starts with `&` ignores SIGINT for ever. Its streams are pipes, since a
# command may open /dev/stderr anew, which would cut a file.
command_and_status() {
    if [ "$reach" ]; then
        first_word 3>&- | carry "$@"
    else
        # In a subshell, so that what a shell says of a signal goes to this one's own stderr.
        (become_command "$@")
    fi
    echo $? >"$base.r"
    kill -USR1 $timer
}

become_command() {
    trap - USR1
    unset SANDFLOCK_STDIN
    # The carrier is not what is to be found.
    [ "$reach" ] || export SANDFLOCK_EXEC="$id."
    exec setsid "$@" 2>&3 3>&- 4>&-
}

# What the command reads, after the word that it waits for.
first_word() {
    read -r line <&4
    [ "$line" = up ] && [ ! -s "$base.x" ] && echo go && exec cat 4>&-
}

carry() {
    (become_command "$@")
    code=$?
    # Whatever became of it, nobody needs to wait for it any more.
    echo ended >&4
    exit $code
}

# Standard error of a command that is carried elsewhere. What comes before it is there is the carrier's.
errors_from_there() {
    went=no
    while IFS= read -r line || [ "$line" ]; do
        if [ "$line" = "sandflock-$id/up" ]; then
            went=up
            : >"$base.e"
            echo up >"$base.u"
            break
        fi
        printf '%s\n' "$line" >>"$base.e"
        line=
    done
    echo $went >&4
    exec cat >>"$base.e" 4>&-
}

supervise() {
    clock
    began=$now
    echo "run $$ $began $reach" >"$base.c"
    : >"$base.o" >"$base.e"
    trap '' USR1
    timer &
    timer=$!
    exec >/dev/null
    if [ "$reach" ]; then
        # Open for both: what is written stays until it is read, whoever comes first.
        mkfifo -m 600 "$base.g" && exec 4<>"$base.g" && rm -f "$base.g"
        { command_and_status "$@" | cat 3>&- 4>&- >"$base.o"; } 3>&1 >/dev/null | errors_from_there
        exec 4>&-
    else
        { command_and_status "$@" | cat 3>&- >"$base.o"; } 3>&1 >/dev/null | cat >"$base.e"
    fi
    ending=
    [ -s "$base.x" ] && read -r ending _ <"$base.x"
    [ "$ending" = timed_out ] && wait $timer
    # Both streams came to their end: what is in the files now is all that there will be.
    publish whole
    [ -s "$base.s" ] || wait $timer
    trap : TERM
    kill -TERM 0
    exit
}

# A start that failed before there was a command: $1 the ending, $2 the exit code, $3 the reason.
stillborn() {
    echo "$3" >"$base.e"
    echo "run $$ 0" >"$base.c"
    echo "$1 $2 0" >"$base.s"
    exit
}

# Sets become (the words that switch to $user) and home, or nothing when we are that user.
switch_user() {
    me=
    while read -r key _ euid _; do
        [ "$key" = Uid: ] && me=$euid && break
    done </proc/self/status
    uid= gid= home=/ name=$user known=
    while IFS=: read -r pname _ puid pgid _ phome _; do
        if [ "$pname" = "$user" ] || [ "$puid" = "$user" ]; then
            uid=$puid gid=$pgid home=$phome name=$pname known=1
            break
        fi
    done </etc/passwd
    if [ -z "$uid" ]; then
        case $user in
            *[!0-9]*)
                uid=$(id -u -- "$user") || stillborn user_failed 126 "user $user: no such user in the sandbox"
                gid=$(id -g -- "$user") known=1
                ;;
            *) uid=$user gid=$user ;;
        esac
    fi
    [ "$uid" = "$me" ] && return
    become=
    if [ "$me" != 0 ]; then
        sudo -n -E true || stillborn user_failed 126 "user $user: only root can switch users, and sudo -n -E was refused"
        become="sudo -n -E --"
    fi
    [ "$uid" = 0 ] && [ "$become" ] && return
    groups=--init-groups
    [ "$known" ] || groups=--clear-groups
    if $become setpriv --reuid "$uid" --regid "$gid" $groups true; then
        become="$become setpriv --reuid $uid --regid $gid $groups --"
    elif command -v su >/dev/null; then
        become="$become su -s /bin/sh" su=$name
    else
        stillborn user_failed 126 "user $user: neither setpriv nor su is there to switch users"
    fi
}

# $1 where the part begins at the earliest, $2 size; sets from and length.
part() {
    from=$1
    [ "$keep" -gt 0 ] && [ $(($2 - keep)) -gt "$from" ] && from=$(($2 - keep))
    length=$(($2 - from))
    [ $length -gt "$chunk" ] && length=$chunk
    [ $length -lt 0 ] && length=0
}

# $1 file, $2 from, $3 length, $4 size; the file may be growing.
emit() {
    [ "$3" -eq 0 ] && return
    if [ "$whole" ] && [ "$2$3" = "0$4" ]; then
        base64 <"$1"
    elif [ "$2" -eq 0 ]; then
        head -c "$3" "$1" | base64
    else
        tail -c "+$(($2 + 1))" "$1" | head -c "$3" | base64
    fi
}

# $1 status; answers, tidies and ends.
answer() {
    status=$1 ending=exited code=0 millis=0 whole= osize=0 esize=0
    if [ "$status" = done ]; then
        read -r ending code millis whole <"$base.s"
    elif [ "$status" = running ] && [ "${began:-0}" -gt 0 ]; then
        clock
        millis=$(((now - began) * 10))
    fi
    if [ "$status" = done ] || [ "$until" = output ]; then
        [ -s "$base.o" ] && osize=$(wc -c <"$base.o")
        [ -s "$base.e" ] && esize=$(wc -c <"$base.e")
    fi
    part "$out" $((osize))
    ofrom=$from olength=$length
    part "$err" $((esize))
    printf '\n=sandflock/1 %s %s %s %s %s %s ' "$id" "$status" "$claimed" "$ending" "$code" "$millis"
    printf '%s %s %s %s %s %s\n' $((osize)) "$ofrom" "$olength" $((esize)) "$from" "$length"
    emit "$base.o" "$ofrom" "$olength" $((osize))
    printf '\n-\n'
    emit "$base.e" "$from" "$length" $((esize))
    printf '\n=sandflock/1 %s end\n' "$id"
    exit 0
}

refuse() {
    printf '\n=sandflock/1 %s failed 0 exited 0 0 0 0 0 %s 0 %s\n\n-\n' "$id" "${#1}" "${#1}"
    printf %s "$1" | base64
    printf '\n=sandflock/1 %s end\n' "$id"
    exit 0
}

# Whether there is output beyond the offsets of a request that wants it.
news() {
    [ "$until" = output ] || return 1
    [ -s "$base.o" ] && [ "$(wc -c <"$base.o")" -gt "$out" ] && return 0
    [ -s "$base.e" ] && [ "$(wc -c <"$base.e")" -gt "$err" ]
}

# Answers for a claimed execution, after a bounded wait.
attach() {
    clock
    deadline=$((now + wait / 10))
    while :; do
        who= boss=0 began=0 reach=
        read -r who boss began reach <"$base.c"
        [ -s "$base.s" ] && answer done
        news && answer running
        clock
        [ "$now" -ge "$deadline" ] && answer running
        # The claim is written with its owner. An owner that is gone and left no result will leave none.
        if [ "$boss" ] && [ "$boss" != 0 ] && [ ! -d "/proc/$boss" ]; then
            sleep .02
            read -r who boss began reach <"$base.c"
            [ -s "$base.s" ] && answer done
            [ -d "/proc/$boss" ] || answer lost
        fi
        sleep .03
    done
}

claim() {
    set -C
    if echo "$1" >"$base.c"; then
        set +C
        claimed=1
        return 0
    fi
    set +C
    return 1
}

tidy() {
    set --
    for k in $free $forget; do
        set -- "$@" "$dir/$k.o" "$dir/$k.e" "$dir/$k.r" "$dir/$k.x" "$dir/$k.s" "$dir/$k.u"
    done
    for k in $forget; do
        set -- "$@" "$dir/$k.c"
    done
    if [ $# -gt 0 ]; then
        rm -f "$@" >/dev/null &
    fi
}

claimed=0
case $op in
    clean)
        locate && rm -rf "$dir"
        rm -rf "/var/tmp/.sandflock-$prefix".*
        base=/dev/null/none
        answer cleaned
        ;;
    attach)
        locate || { base=/dev/null/none && answer unknown; }
        base=$dir/$n
        tidy
        [ -e "$base.c" ] || answer unknown
        attach
        ;;
    kill)
        settle_root || refuse "no directory can be written to in the sandbox"
        base=$dir/$n
        tidy
        if claim "bar 0 0"; then
            echo 'killed 137 0' >"$base.s"
            rm -rf "/var/tmp/.sandflock-$prefix.$n"
            answer done
        fi
        read -r who boss began reach <"$base.c"
        if [ ! -s "$base.s" ]; then
            clock
            [ -s "$base.x" ] || echo "killed $now" >"$base.x"
            read -r ending now <"$base.x"
            end_tree "$now"
        fi
        wait=2000
        attach
        ;;
    start)
        command -v setsid >/dev/null || refuse "setsid is not installed in the sandbox; util-linux and BusyBox have it"
        settle_root || refuse "no directory can be written to in the sandbox: tried /var/tmp, the home directory, /tmp and /dev/shm"
        base=$dir/$n
        tidy
        if ! claim "request $$ 0"; then
            [ -e "$base.c" ] || refuse "cannot write to $dir"
            attach
        fi
        # A shell's `&` would make the command ignore SIGINT, and setsid starts a child only as the leader of a group: the first
        # makes a leader, the second a child in a session of its own.
        set -- setsid setsid /bin/sh -c 'eval "$1"' sandflock "$text" run "$prefix" "$n" "$wait" "$until" "$dir" 0 0 0 '' '' "$@"
        if [ "$until" = end ]; then
            # Ends when the timer lets go of the pipe, or is gone.
            waited=$("$@")
            read -r who boss began reach <"$base.c"
            [ -s "$base.s" ] && answer done
            [ -d "/proc/$boss" ] && [ "$who" = run ] && answer running
        else
            "$@" >/dev/null
        fi
        # The supervisor may still be on its way.
        attach
        ;;
    run)
        dir=$out
        base=$dir/$n
        timeout=$1 user=$2 cwd=$3 stdin=$4 upload=$5
        shift 5
        become= home= su= name=
        if [ "$user" ]; then
            switch_user
        fi
        case $stdin in
            inline)
                printf %s "$SANDFLOCK_STDIN" | base64 -d >"$base.i"
                exec <"$base.i"
                rm -f "$base.i"
                ;;
            file) exec <"$upload/stdin" ;;
            *) exec </dev/null ;;
        esac
        if [ "$upload" ]; then
            . "$upload/args"
            rm -rf "$upload"
        fi
        [ "$1" = 0 ] || reach=reach
        shift
        if [ "$reach" ]; then
            command -v mkfifo >/dev/null || stillborn reach_failed 126 "mkfifo is not installed in the sandbox"
        fi
        if [ "$name" ]; then
            set -- env "PATH=$PATH" "HOME=$home" "USER=$name" "LOGNAME=$name" "SANDFLOCK_EXEC=$id." "$@"
            if [ "$su" ]; then
                set -- $become -c 'exec "$@"' -- "$su" sh "$@"
            else
                set -- $become "$@"
            fi
        fi
        supervise "$@"
        ;;
esac
