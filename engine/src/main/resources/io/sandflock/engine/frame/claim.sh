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
#         N.u when the command is carried elsewhere: it got there
#
# Nobody polls: whoever waits leaves its process in a file, sleeps, and is woken by a signal that ends the sleep.
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
id=$prefix-$n sight= reach= z= hit=
# Bytes of a segment, and how many of them a stream that is not taken may fill.
seg=2097152 window=5

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

# Sleeps in the background for $1 milliseconds and waits for it, so that a signal is heard at once; not at all after a signal.
nap() {
    if [ ! "$hit" ]; then
        ms=00$(($1 % 1000))
        sleep "$(($1 / 1000)).${ms#"${ms%???}"}" >/dev/null &
        z=$!
        # The signal may have come before there was something to end.
        [ "$hit" ] && kill $z
        wait $z
        # A sleep that knows whole seconds only.
        [ $? = 1 ] && [ ! "$hit" ] && sleep $((($1 + 999) / 1000)) >/dev/null
    fi
    z= hit=
}

# Leaves this process in a file, to be woken.
expect_wake() {
    trap 'hit=1; [ "$z" ] && kill $z' USR1
    read -r line </proc/self/stat
    file=$1 me=${line%% *}
    set -- ${line##*) }
    echo "$me ${20}" >"$file"
}

# Wakes the process that a file names, unless its number is another's by now.
wake() {
    me= since=
    [ -s "$1" ] && read -r me since <"$1"
    [ "$since" ] || return
    line=
    read -r line <"/proc/$me/stat"
    set -- ${line##*) }
    [ "${20}" = "$since" ] && kill -USR1 "$me"
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
# supervisor and a request may both come here: whoever comes second must not cut what is there.
publish() {
    [ -s "$base.s" ] && return
    code=137
    read -r code <"$base.r"
    ending=exited
    [ "$reach" ] && [ ! -e "$base.u" ] && ending=reach_failed
    [ -s "$base.q" ] && ending=output_lost
    [ -s "$base.x" ] && read -r ending _ <"$base.x"
    case $code in
        126 | 127)
            # The stage before the command names itself by $0 in its messages; the command never does.
            line=
            read -r line <"$base.e.0"
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

# Whether a command that ended has no output under way, though something that it left behind holds its pipes. A pump that sleeps has
# drained its pipe, unless it waits for room. Of the supervisor's session only pumps run then, and a timer that is at work.
settled() {
    state= over=
    [ -s "$base.x" ] && read -r state _ over <"$base.x"
    [ "$state" = timed_out ] && [ ! "$over" ] && return 1
    for f in "$base.on" "$base.en"; do
        step=
        read -r _ _ step <"$f"
        [ "$step" = full ] && return 1
    done
    for f in /proc/[0-9]*/stat; do
        read -r line <"$f" || continue
        set -- ${line##*) }
        [ "$4" = "$boss" ] || continue
        case $1 in R | D) return 1 ;; esac
    done
    return 0
}

timer() {
    nap "$timeout"
    clock
    echo "timed_out $now" >"$base.x"
    boss=$$
    end_tree "$now"
    echo "timed_out $now over" >"$base.x"
}

# Moves what comes on standard input into the segments of stream $1. A step is a number of reads: one, so that whoever waits for
# output hears of it at once, or more when it flows. Of a collected stream the newest are kept; a streamed one waits for its reader.
pump() {
    stream=$1 total=0 k=0 have=0 step=1 first=0
    [ "$until" = end ] && step=32
    keep_segments=$(((keep + seg - 1) / seg + 1))
    while :; do
        left=$((seg - have)) block=65536
        count=$((left / block))
        [ $count -eq 0 ] && count=1 block=$left
        [ $count -gt $step ] && count=$step
        note "$count"
        clock
        before=$now
        dd bs=$block count=$count >>"$base.$1.$k" 2>"$base.$1d" || discard lost
        bytes= reads=0+0
        # Among warnings about parts that came in parts; BusyBox does not always count bytes.
        while read -r number what way _; do
            case "$what $way" in
                "records in") reads=$number ;;
                "bytes "*) bytes=$number ;;
            esac
        done <"$base.$1d"
        [ "$bytes" ] || bytes=$(($(wc -c <"$base.$1.$k") - have))
        total=$((total + bytes)) have=$((have + bytes))
        if [ $(($reads)) -lt $count ]; then
            note 1
            return
        fi
        [ -e "$base.g" ] && discard
        if [ $have -eq $seg ]; then
            have=0 k=$((k + 1))
            if [ "$until" = end ]; then
                while [ $((k - first)) -ge $keep_segments ]; do
                    rm -f "$base.$1.$first"
                    first=$((first + 1))
                done
            else
                make_room "$1"
            fi
        fi
        [ "$until" = end ] && continue
        note 1
        wake "$base.w"
        clock
        # On a busy machine a step takes its time though there is much to read.
        step=$((now > before && bytes < count * 32768 ? 1 : step * 2))
        [ $step -gt 32 ] && step=32
    done
}

# Where the pump is. Of one length, over what was there before: a file that is written anew is empty for a moment, which may be long.
note() {
    printf '%-18s %-10s %-5s\n' "$total" "$k" "$1" 1<>"$base.${stream}n"
}

# Waits until the reader has taken so much that there is room.
make_room() {
    [ -s "$base.$1f" ] && read -r first <"$base.$1f"
    [ $((k - first)) -lt $window ] && return
    note full
    expect_wake "$base.$1p"
    while [ $((k - first)) -ge $window ]; do
        wake "$base.w"
        read -r first <"$base.$1f"
        [ $((k - first)) -lt $window ] && break
        nap 5000
        { [ -e "$base.g" ] || [ ! -d "$dir" ]; } && discard
    done
    trap '' USR1
}

# Output that nobody wants any more, or, when it is `lost`, that has no place: the command goes on without.
discard() {
    if [ -d "$dir" ]; then
        [ "$1" ] && [ ! -e "$base.g" ] && echo "$1" >"$base.q"
        note 1
    fi
    exec cat >/dev/null
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
    wake "$base.w"
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
            echo up >"$base.u"
            break
        fi
        printf '%s\n' "$line" >>"$base.ee"
        line=
    done
    echo $went >&4
    exec 4>&-
    if [ $went = up ]; then
        pump e
    else
        pump e <"$base.ee"
    fi
}

supervise() {
    clock
    began=$now
    echo "run $$ $began $reach" >"$base.c"
    trap '' USR1
    timer=
    if [ "$timeout" -gt 0 ]; then
        timer &
        timer=$!
    fi
    exec >/dev/null
    if [ "$reach" ]; then
        # Open for both: what is written stays until it is read, whoever comes first.
        mkfifo -m 600 "$base.l" && exec 4<>"$base.l" && rm -f "$base.l"
        : >"$base.ee"
        { command_and_status "$@" | pump o 3>&- 4>&-; } 3>&1 >/dev/null | errors_from_there
        exec 4>&-
    else
        { command_and_status "$@" | pump o 3>&-; } 3>&1 >/dev/null | pump e
    fi
    ending=
    [ -s "$base.x" ] && read -r ending _ <"$base.x"
    [ "$ending" = timed_out ] && wait $timer
    # Both streams came to their end: what is in the files now is all that there will be.
    publish whole
    wake "$base.w"
    if [ "$timer" ]; then
        trap : TERM
        kill -TERM 0
    fi
    exit
}

# A start that failed before there was a command: $1 the ending, $2 the exit code, $3 the reason.
stillborn() {
    echo "$3" >"$base.e.0"
    echo "$((${#3} + 1)) 0 1" >"$base.en"
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

# Sets size: of stream $1. What a pump is writing in a step of many reads is in its file only.
size() {
    size=0 k=0 step=1
    [ -s "$base.$1n" ] && read -r size k step <"$base.$1n"
    case $step in
        '' | 1 | full) ;;
        *) [ -e "$base.$1.$k" ] && size=$((k * seg + $(wc -c <"$base.$1.$k"))) ;;
    esac
}

# $1 where the part begins at the earliest, $2 size; sets from and length, within one segment.
part() {
    from=$1
    [ "$keep" -gt 0 ] && [ $(($2 - keep)) -gt "$from" ] && from=$(($2 - keep))
    length=$(($2 - from))
    [ $length -gt "$chunk" ] && length=$chunk
    [ $length -gt $((seg - from % seg)) ] && length=$((seg - from % seg))
    [ $length -lt 0 ] && length=0
}

# $1 stream, $2 from, $3 length, $4 size; the segment may be growing.
emit() {
    [ "$3" -eq 0 ] && return
    f=$base.$1.$(($2 / seg))
    if [ "$whole" ] && [ $(($2 % seg)) -eq 0 ] && [ $(($2 + $3)) -eq "$4" ]; then
        base64 <"$f"
    elif [ $(($2 % seg)) -eq 0 ]; then
        head -c "$3" "$f" | base64
    else
        tail -c "+$(($2 % seg + 1))" "$f" | head -c "$3" | base64
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
        size o
        osize=$size
        size e
        esize=$size
    fi
    part "$out" $osize
    ofrom=$from olength=$length
    part "$err" $esize
    printf '\n=sandflock/1 %s %s %s %s %s %s ' "$id" "$status" "$claimed" "$ending" "$code" "$millis"
    printf '%s %s %s %s %s %s %s\n' $osize "$ofrom" "$olength" $esize "$from" "$length" "$seg:$base"
    emit o "$ofrom" "$olength" $osize
    printf '\n-\n'
    emit e "$from" "$length" $esize
    printf '\n=sandflock/1 %s end\n' "$id"
    exit 0
}

refuse() {
    printf '\n=sandflock/1 %s failed 0 exited 0 0 0 0 0 %s 0 %s -\n\n-\n' "$id" "${#1}" "${#1}"
    printf %s "$1" | base64
    printf '\n=sandflock/1 %s end\n' "$id"
    exit 0
}

# Whether there is output beyond the offsets of a request that wants it. Sets brisk when a pump does not tell of every read.
news() {
    brisk=
    [ "$until" = output ] || return 1
    size o
    [ "$size" -gt "$out" ] && return 0
    case $step in '' | 1 | full) ;; *) brisk=1 ;; esac
    size e
    case $step in '' | 1 | full) ;; *) brisk=1 ;; esac
    [ "$size" -gt "$err" ] || return 1
    # What the stage before the command says of a start that failed is told with the ending.
    line=
    [ "$err" = 0 ] && read -r line <"$base.e.0"
    case $line in "sandflock-$id"[:/]*) return 1 ;; esac
    return 0
}

# What the reader has taken is deleted, and a pump that waits for room goes on.
taken() {
    [ "$until" = output ] || return
    take o "$out"
    take e "$err"
}

take() {
    first=0
    [ -s "$base.$1f" ] && read -r first <"$base.$1f"
    upto=$(($2 / seg))
    [ $upto -gt $((first)) ] || return
    letter=$1
    set --
    i=$((first))
    while [ $i -lt $upto ]; do
        set -- "$@" "$base.$letter.$i"
        i=$((i + 1))
    done
    rm -f "$@"
    echo $upto >"$base.${letter}f"
    wake "$base.${letter}p"
}

# Answers for a claimed execution, after a bounded wait.
attach() {
    clock
    deadline=$((now + wait / 10))
    expect_wake "$base.w"
    taken
    while :; do
        who= boss=0 began=0 reach=
        read -r who boss began reach <"$base.c"
        [ -s "$base.s" ] && answer done
        news && answer running
        clock
        [ "$now" -ge "$deadline" ] && answer running
        pause=$(((deadline - now) * 10))
        # The claim is written with its owner. An owner that is gone and left no result will leave none.
        [ $pause -gt 5000 ] && pause=5000
        if [ "$boss" ] && [ "$boss" != 0 ] && [ ! -d "/proc/$boss" ]; then
            sleep .02
            read -r who boss began reach <"$base.c"
            [ -s "$base.s" ] && answer done
            [ -d "/proc/$boss" ] || answer lost
        fi
        if [ -s "$base.r" ]; then
            # The supervisor is about to say so, unless something holds the command's pipes.
            i=0
            while [ ! -s "$base.s" ] && [ $i -lt 300 ]; do
                i=$((i + 1))
            done
            [ -s "$base.s" ] && answer done
            nap 30
            hit=
            [ ! -s "$base.s" ] && settled && publish && answer done
            continue
        fi
        [ "$brisk" ] && [ $pause -gt 30 ] && pause=30
        nap $pause
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
        whole=whole
        [ -s "$dir/$k.s" ] && read -r _ _ _ whole <"$dir/$k.s"
        # Something still prints.
        [ "$whole" ] || echo gone >"$dir/$k.g"
        set -- "$@" "$dir/$k".[oe]* "$dir/$k.r" "$dir/$k.x" "$dir/$k.s" "$dir/$k.u" "$dir/$k.w" "$dir/$k.q"
    done
    for k in $forget; do
        set -- "$@" "$dir/$k.c" "$dir/$k.g"
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
            # Nobody will read.
            echo gone >"$base.g"
            wake "$base.op"
            wake "$base.ep"
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
        set -- setsid setsid /bin/sh -c 'eval "$1"' sandflock "$text" run "$prefix" "$n" "$wait" "$until" "$dir" 0 "$keep" 0 '' '' "$@"
        "$@" >/dev/null
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
                unset SANDFLOCK_STDIN
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
