# $1 path, $2 most bytes. The file's bytes, or on standard error why not: a tool's message, or ! and the error's name.
LC_ALL=C; export LC_ALL
fail() { echo "!$1" >&2; exit 97; }
case $1 in /*) p=$1 ;; *) p=./$1 ;; esac
size=$(stat -L -c %s "$p") || exit 1
[ -d "$p" ] && fail EISDIR
[ -f "$p" ] || fail EINVAL
[ -r "$p" ] || fail EACCES
[ "$size" -gt "$2" ] && fail "EFBIG $size"
exec cat "$p"
