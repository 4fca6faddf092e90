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
# $1 is the text of what both the request and the supervisor need, $2 of what the supervisor does, $3 of what a request does: a shell takes
# its time to read them. The words of ProgramText follow. Names of variables begin with an underscore: one that the sandbox exports must
# reach the command as it was.
exec 2>/dev/null
_text=$1 _later=$2 _request=$3
shift 3
_op=$1 _prefix=$2 _n=$3 _wait=$4 _until=$5 _out=$6 _err=$7 _keep=$8 _chunk=$9
shift 9
_free=$1 _forget=$2
shift 2
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
