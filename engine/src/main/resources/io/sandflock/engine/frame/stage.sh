# What runs between the switch of user, or of place, and the command: enters the directory there, sets the variables, and becomes
# the command.
#
# $0 is sandflock-ID. It marks this text's own messages, so that a command that is not there is told apart from a command that exits
# with 127. $1 is `reach` when this was carried to another place, $2 the directory, $3 the number of variables; their names and the
# command follow. Values come in the environment, as SANDFLOCK_VAR_1 and so on: arguments are for everybody to see. Names begin with
# an underscore: a variable that the sandbox exports must reach the command as it was.
if [ "$1" ]; then
    echo "$0/up" >&2
    # The word comes unless the command was killed meanwhile, and never when what carried us here was killed.
    read -r _go && [ "$_go" = go ] || exit 125
fi
_dir=$2 _left=$3 _i=0 _odd=0
shift 3
case $_dir in '' | /*) ;; *) _dir=./$_dir ;; esac
if [ "$_dir" ] && ! cd "$_dir" 2>/dev/null; then
    _e=EACCES
    [ -e "$_dir" ] || _e=ENOENT
    # What is there of the path, from its end, tells why the rest is not.
    while [ ! -e "$_dir" ] && [ "$_dir" != "${_dir%/*}" ]; do _dir=${_dir%/*}; done
    _dir=${_dir:-/}
    [ -d "$_dir" ] || _e=ENOTDIR
    [ ! -d "$_dir" ] || [ -x "$_dir" ] || _e=EACCES
    echo "$0/cwd: $_e" >&2
    exit 126
fi
# Some shells warn when a locale is not installed.
{
    while [ $_i -lt "$_left" ]; do
        _i=$((_i + 1))
        eval "_value=\$SANDFLOCK_VAR_$_i"
        unset "SANDFLOCK_VAR_$_i"
        case $1 in
            [!A-Za-z_]* | *[!A-Za-z0-9_]* | _ | _go | _dir | _left | _i | _odd | _value | _e | UID | EUID | PPID | GROUPS | \
                BASH* | SHELLOPTS | OPTIND | OPTARG | OPTERR | IFS | LINENO | RANDOM | SECONDS | PWD | OLDPWD)
                # No name for a shell, or one with a meaning of its own: `env` sets it.
                set -- "$@" "$1=$_value"
                _odd=$((_odd + 1))
                ;;
            *)
                eval "$1=\$_value"
                export "$1"
                ;;
        esac
        shift
    done
} 2>/dev/null
if [ $_odd -gt 0 ]; then
    _i=$(($# - _odd))
    while [ $_i -gt 0 ]; do
        set -- "$@" "$1"
        shift
        _i=$((_i - 1))
    done
    exec env -- "$@"
fi
case $1 in -*) exec env -- "$@" ;; esac
exec "$@"
