# The supervisor's pumps: output, from the command into segments.

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
        # On a busy machine a step takes its time though there is much to read. Most commands say something once: who waits for that then
        # finds in the note how much it is.
        _step=$((_total == _bytes || _now > _before && _bytes < _count * 32768 ? 1 : _step * 2))
        [ $_step -gt 32 ] && _step=32
    done
}

# Where the pump is. Of one length, over what was there before: a file that is written anew is empty for a moment, which may be long. Some
# shells read byte by byte, and may have the beginning of one number and the end of the next: with zeros before them that is never more
# than the next.
note() {
    printf '%018d %-10s %-5s\n' "$_total" "$_k" "$1" 1<>"$_base.${_stream}n"
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
