# The supervisor's beginning. A request has read the above for its functions alone.
if [ "$_op" = run ]; then
    # Whoever has the claim says where; the input ends when somebody else has it.
    IFS= read -r _dir || exit
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
fi
