# In a service, as a user that the request names: that user's own name and home, which docker leaves as the image has them.
#
# $1 the user as the request names it; then what is run.
_user=$1
shift
HOME=/ USER=$_user LOGNAME=$_user
while read -r _key _uid _rest; do
    [ "$_key" = Uid: ] && break
done 2>/dev/null </proc/self/status
while IFS=: read -r _name _rest _id _rest _rest _home _rest; do
    [ "$_id" = "$_uid" ] && HOME=$_home USER=$_name LOGNAME=$_name && break
done 2>/dev/null </etc/passwd
export HOME USER LOGNAME
exec "$@"
