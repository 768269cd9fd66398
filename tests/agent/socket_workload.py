"""A workload for check_recordings.py: sockets of all kinds, descriptors that come in messages, copies of all kinds."""
import array
import os
import select
import socket
import sys
import threading


def tcp(family, address):
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((address, 0))
    listener.listen(5)

    def serve():
        connection, _ = listener.accept()
        connection.sendall(connection.recv(100).upper())
        connection.close()

    server = threading.Thread(target=serve)
    server.start()
    client = socket.create_connection(listener.getsockname()[:2])
    client.sendall(b"hello")
    assert client.recv(100) == b"HELLO"
    client.close()
    server.join()
    port = listener.getsockname()[1]
    listener.close()
    try:
        socket.create_connection((address, port), timeout=1)
    except OSError:
        pass


def udp():
    one, other = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
    one.bind(("127.0.0.1", 0))
    other.sendto(b"datagram", one.getsockname())
    _, peer = one.recvfrom(100)
    one.sendto(b"answer", peer)
    other.recvmsg(100)
    other.connect(one.getsockname())
    other.send(b"connected")
    os.write(other.fileno(), b"written")
    waiting = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    waiting.setblocking(False)
    waiting.connect_ex(("127.0.0.1", 1))


def unix(folder):
    path = os.path.join(folder, "socket")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(1)
    client = socket.socket(socket.AF_UNIX)
    client.connect(path)
    server, _ = listener.accept()
    server.sendall(b"x")
    client.recv(1)
    abstract = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    abstract.bind("\0tercel-" + str(os.getpid()))


def passing(folder):
    """A child opens files and sends them; the parent has never seen them opened under these numbers."""
    path = os.path.join(folder, "passed")
    with open(path, "w", encoding="utf-8") as file:
        file.write("passed on\n")
    ours, theirs = socket.socketpair()
    child = os.fork()
    if child == 0:
        unbound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        descriptors = [os.open(path, os.O_RDONLY), os.open(folder, os.O_RDONLY | os.O_DIRECTORY),
                       os.pipe()[0], unbound.fileno()]
        theirs.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))])
        os._exit(0)
    theirs.close()
    _, descriptors, _, _ = socket.recv_fds(ours, 10, 10)
    os.waitpid(child, 0)
    os.fchmod(descriptors[0], 0o600)
    os.read(descriptors[0], 100)
    os.mkdir("below", dir_fd=descriptors[1])
    os.close(os.dup(descriptors[0]))
    os.close(os.dup2(descriptors[1], 200))
    for descriptor in descriptors:
        os.close(descriptor)


def copies(folder):
    first = os.open(os.path.join(folder, "copied"), os.O_RDWR | os.O_CREAT)
    os.set_inheritable(first, True)
    second = os.dup(first)
    os.fchmod(second, 0o644)
    memory = os.memfd_create("memory")
    os.write(memory, b"x")
    poll = select.epoll()
    poll.register(os.pipe()[0], select.EPOLLIN)
    process = os.pidfd_open(os.getpid())
    os.close(process)
    os.chdir(folder)
    os.fchdir(os.open("/", os.O_RDONLY | os.O_DIRECTORY))
    try:
        os.open("/nonexistent/file", os.O_RDONLY)
    except OSError:
        pass
    if os.fork() == 0:
        os.execv("/bin/cat", ["cat", f"/proc/self/fd/{first}", "/nonexistent"])
    os.wait()
    if os.fork() == 0:
        try:
            os.execv("/nonexistent/program", ["program", "argument"])
        finally:
            os._exit(1)
    os.wait()


def main():
    folder = sys.argv[1]
    tcp(socket.AF_INET, "127.0.0.1")
    if socket.has_ipv6:
        try:
            tcp(socket.AF_INET6, "::1")
        except OSError:
            pass
    udp()
    unix(folder)
    passing(folder)
    copies(folder)


main()
