# Drives a program on a pseudo-terminal of its own, as a person would.
# Usage: terminal.py COLSxROWS STEPS -- PROGRAM ARG...
# Steps, separated by line feeds: "wait TEXT" for output, "type TEXT" (with \n, \x03 and the like), "size COLSxROWS", "signal NAME".
# Prints what was shown; the last line says how the program ended and what the terminal's settings are.
import fcntl, os, pty, select, signal, struct, sys, termios, time

size, steps = sys.argv[1], [s.strip() for s in sys.argv[2].split("\n") if s.strip()]
program = sys.argv[sys.argv.index("--") + 1:]

def set_size(fd, text):
    cols, rows = map(int, text.split("x"))
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))

master, slave = pty.openpty()
set_size(slave, size)
before = termios.tcgetattr(slave)
pid = os.fork()
if pid == 0:
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    for fd in (0, 1, 2):
        os.dup2(slave, fd)
    os.closerange(3, 64)
    os.execvp(program[0], program)

shown, searched, deadline = b"", 0, time.time() + 40

def read(timeout):
    global shown
    if select.select([master], [], [], timeout)[0]:
        try:
            shown += os.read(master, 65536)
        except OSError:
            return False
    return True

for step in steps:
    word, _, text = step.partition(" ")
    text = text.encode().decode("unicode_escape").encode("latin-1")
    if word == "wait":
        while shown.find(text, searched) < 0:
            if time.time() > deadline:
                sys.stdout.buffer.write(shown + b"\nwaited in vain for " + text + b"\n")
                os.kill(pid, signal.SIGKILL)
                sys.exit(1)
            read(0.2)
        searched = shown.find(text, searched) + len(text)
    elif word == "type":
        os.write(master, text)
    elif word == "size":
        set_size(master, text.decode())
    elif word == "signal":
        os.kill(pid, getattr(signal, "SIG" + text.decode()))

while True:
    read(0.1)
    ended, status = os.waitpid(pid, os.WNOHANG)
    if ended:
        break
    if time.time() > deadline:
        os.kill(pid, signal.SIGKILL)
while select.select([master], [], [], 0)[0] and read(0):
    pass
same = termios.tcgetattr(slave)[:4] == before[:4]
sys.stdout.buffer.write(shown)
print("\nexit %d, settings %s" % (os.waitstatus_to_exitcode(status), "restored" if same else "CHANGED"))
