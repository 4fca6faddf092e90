# The request shell's answer: output and ending, after a wait for them.

# Sets _size: of stream $1. What a pump is writing in a step of many reads is in its file only.
size() {
    _size=0 _k=0 _step=1
    [ -s "$_base.$1n" ] && read -r _size _k _step <"$_base.$1n"
    # A number with zeros before it would be an octal one.
    _size=${_size#"${_size%%[!0]*}"}
    _size=${_size:-0}
    case $_step in
        '' | 1 | full) ;;
        *) [ -e "$_base.$1.$_k" ] && _size=$((_k * _seg + $(wc -c <"$_base.$1.$_k"))) ;;
    esac
    # What was taken was there, whatever was read of a note that is being written.
    _taken=$_out
    [ "$1" = e ] && _taken=$_err
    [ "$_size" -lt "$_taken" ] && _size=$_taken
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

# Sets _line to all of the file $1, unless it has no longer $2 bytes: one program, where a part of a file takes two.
encoded() {
    _line=$(base64 <"$1")
    # Lines have 76 characters, but the last, whose end is not in the variable.
    _i=$(((${#_line} - ${#_line} / 77) / 4 * 3))
    case $_line in
        *==) _i=$((_i - 2)) ;;
        *=) _i=$((_i - 1)) ;;
    esac
    [ $_i -eq "$2" ]
}

# $1 stream, $2 from, $3 length, $4 size; the segment may be growing.
emit() {
    [ "$3" -eq 0 ] && return
    _f=$_base.$1.$(($2 / _seg))
    if [ "$_whole" ] && [ $(($2 % _seg)) -eq 0 ] && [ $(($2 + $3)) -eq "$4" ]; then
        base64 <"$_f"
    elif [ "$2" -eq 0 ] && [ "$3" -eq "$4" ] && [ "$3" -le 4096 ] && encoded "$_f" "$3"; then
        printf '%s\n' "$_line"
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
            [ ! -s "$_base.s" ] && settled && eval "$_later" && publish && answer done
            continue
        fi
        [ "$_brisk" ] && [ $_pause -gt 30 ] && _pause=30
        nap $_pause
    done
}
