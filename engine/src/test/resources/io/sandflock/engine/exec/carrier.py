# Stands in for `docker exec` and its daemon: what a carrier starts is a child of the daemon, not of the carrier, has an environment of
# its own, and goes on when the carrier is killed.
#
#   carrier.py daemon SOCKET                            serves until its standard input ends
#   carrier.py exec SOCKET [-e NAME[=VALUE]]... PLACE ARGV...
import json, os, socket, subprocess, sys, threading


def daemon(path):
    server = socket.socket(socket.AF_UNIX)
    server.bind(path)
    server.listen(16)
    print("up", flush=True)
    threading.Thread(target=serve, args=(server,), daemon=True).start()
    sys.stdin.read()


def serve(server):
    while True:
        threading.Thread(target=run, args=(server.accept()[0],), daemon=True).start()


def run(connection):
    message, fds, _, _ = socket.recv_fds(connection, 65536, 3)
    while not message.endswith(b"\n"):
        message += connection.recv(65536)
    call = json.loads(message)
    try:
        child = subprocess.Popen(call["argv"], cwd=call["place"], env=call["env"], stdin=fds[0], stdout=fds[1],
                                 stderr=fds[2], start_new_session=True)
    except OSError as error:
        child = None
        connection.sendall(json.dumps({"error": str(error)}).encode())
    for fd in fds:
        os.close(fd)
    if child:
        code = child.wait()
        try:
            connection.sendall(json.dumps({"code": code if code >= 0 else 128 - code}).encode())
        except OSError:
            pass  # The carrier is gone: nobody waits.


def pump(source, target):
    while True:
        data = os.read(source, 65536)
        if not data:
            break
        try:
            while data:
                data = data[os.write(target, data):]
        except BrokenPipeError:
            break
    if target > 2:
        os.close(target)


def carry(path, words):
    env = {"PATH": "/usr/bin:/bin", "INSIDE": "yes"}
    while words[0] == "-e":
        name, equals, value = words[1].partition("=")
        env[name] = value if equals else os.environ[name]
        words = words[2:]
    print("note: the carrier has something to say", file=sys.stderr, flush=True)
    pipes = [os.pipe() for _ in range(3)]
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(path)
    call = json.dumps({"place": words[0], "argv": words[1:], "env": env}).encode() + b"\n"
    sent = socket.send_fds(connection, [call], [pipes[0][0], pipes[1][1], pipes[2][1]])
    if sent < len(call):
        connection.sendall(call[sent:])
    for fd in (pipes[0][0], pipes[1][1], pipes[2][1]):
        os.close(fd)
    threading.Thread(target=pump, args=(0, pipes[0][1]), daemon=True).start()
    outputs = [threading.Thread(target=pump, args=(pipes[i][0], i)) for i in (1, 2)]
    for output in outputs:
        output.start()
    answer = json.loads(connection.recv(65536) or '{"error": "the daemon is gone"}')
    if "error" in answer:
        print("error: " + answer["error"], file=sys.stderr, flush=True)
        os._exit(1)
    for output in outputs:
        output.join()
    sys.stdout.flush()
    os._exit(answer["code"])


if sys.argv[1] == "daemon":
    daemon(sys.argv[2])
else:
    carry(sys.argv[2], sys.argv[3:])
