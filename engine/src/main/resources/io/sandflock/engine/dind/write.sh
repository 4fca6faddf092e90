# $1 the word that ends the list. Standard input: a list of paths and sizes as shell words, and - for a folder; then the bytes of all,
# one after another. What fails is named at the end of standard error: a tool's message, or ! and the error's name; then @ and the
# number of the file.
LC_ALL=C; export LC_ALL; unset CDPATH
bad() { [ "$1" ] && echo "!$1" >&2; echo "@$number" >&2; exit 97; }
list=
while IFS= read -r line; do
    [ "$line" = "$1" ] && break
    list="$list$line
"
done
eval "set -- $list"
whole=iflag=fullblock
dd count=0 $whole </dev/null >/dev/null 2>&1 || whole=
# Of dd, since it takes from its input what it was told to and no byte more.
take() {
    if [ "$whole" ]; then
        full=$(($1 / 65536)) rest=$(($1 % 65536))
        [ $full -eq 0 ] || dd bs=65536 count=$full $whole || return 1
        [ $rest -eq 0 ] || dd bs=$rest count=1 $whole
    else
        dd bs=1 count="$1"
    fi
}
number=0
while [ $# -gt 0 ]; do
    case $1 in /*) p=$1 ;; *) p=./$1 ;; esac
    if [ "$2" = - ]; then
        [ ! -e "$p" ] || [ -d "$p" ] || bad ENOTDIR
        mkdir -p "$p" || bad
    else
        if [ -e "$p" ] && [ ! -f "$p" ]; then
            [ -d "$p" ] && bad EISDIR
            bad EINVAL
        fi
        d=${p%/*}
        if [ "$d" ] && [ ! -d "$d" ]; then
            [ -e "$d" ] && bad ENOTDIR
            mkdir -p "$d" || bad
        fi
        # Opens it and cuts it, and tells why not, which a shell does not.
        dd of="$p" count=0 </dev/null || bad
        [ "$2" -eq 0 ] || take "$2" >>"$p" || bad
    fi
    number=$((number + 1))
    shift 2
done
