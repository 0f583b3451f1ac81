"""Tries to get out of the sandbox it runs in, in every way that is known, and prints one line for each try.

Usage: escape-probes.py SETTINGS: a JSON file of the test with what is where on the host.
A line is "ok NAME" where the try was refused or contained, else "OPEN NAME DETAIL". Exit status 1 when one is open.
"""
import base64
import ctypes
import errno
import fcntl
import json
import os
import pty
import resource
import signal
import socket
import stat
import struct
import sys

libc = ctypes.CDLL(None, use_errno=True)
settings = json.load(open(sys.argv[1]))
failures = []


def report(name, is_fine, detail=""):
    print(f"ok {name}" if is_fine else f"OPEN {name} {detail}".rstrip(), flush=True)
    if not is_fine:
        failures.append(name)


def refused(name, action, errors=(errno.EPERM,)):
    """`action` must fail, with one of `errors`; no errors named means any."""
    try:
        result = action()
    except OSError as error:
        report(name, not errors or error.errno in errors, f"failed with {errno.errorcode.get(error.errno)}")
    else:
        report(name, False, f"gave {result!r}")


def system_call(number, *arguments):
    ctypes.set_errno(0)
    result = libc.syscall(ctypes.c_long(number), *[ctypes.c_long(value) for value in arguments])
    if result < 0:
        raise OSError(ctypes.get_errno(), "")
    return result


X86, ARM = "x86_64", "aarch64"
MACHINE = os.uname().machine
CALLS = {  # name: numbers on x86-64 and Arm, arguments; EFAULT or EINVAL would mean that the kernel looked at them
    "io_uring_setup": (425, 425, 8, 0), "io_uring_enter": (426, 426, 0, 0, 0), "io_uring_register": (427, 427, 0, 0),
    "bpf": (321, 280, 0, 0, 0), "perf_event_open": (298, 241, 0, 0, -1, -1, 0), "userfaultfd": (323, 282, 1),
    "add_key": (248, 217, 0, 0, 0, 0, 0), "request_key": (249, 218, 0, 0, 0, 0), "keyctl": (250, 219, 0, -3, 0),
    "ptrace": (101, 117, 0, 0, 0, 0), "process_vm_readv": (310, 270, 1, 0, 0, 0, 0, 0),
    "process_vm_writev": (311, 271, 1, 0, 0, 0, 0, 0), "pidfd_getfd": (438, 438, 0, 0, 0), "kcmp": (312, 272, 1, 1, 0, 0, 0),
    "unshare user": (272, 97, 0x10000000), "unshare mount": (272, 97, 0x20000), "setns": (308, 268, 0, 0),
    "mount": (165, 40, 0, 0, 0, 0, 0), "umount2": (166, 39, 0, 0), "pivot_root": (155, 41, 0, 0), "chroot": (161, 51, 0),
    "fsopen": (430, 430, 0, 0), "open_tree": (428, 428, -100, 0, 1), "move_mount": (429, 429, 0, 0, 0, 0, 0),
    "fsmount": (432, 432, 0, 0, 0), "fspick": (433, 433, -100, 0, 0), "mount_setattr": (442, 442, -100, 0, 0, 0, 0),
    "kexec_load": (246, 104, 0, 0, 0, 0), "kexec_file_load": (320, 294, -1, -1, 0, 0, 0), "init_module": (175, 105, 0, 0, 0),
    "finit_module": (313, 273, -1, 0, 0), "delete_module": (176, 106, 0, 0), "reboot": (169, 142, 0, 0, 0),
    "open_by_handle_at": (304, 265, -100, 0, 0), "quotactl": (179, 60, 0, 0, 0, 0), "swapon": (167, 224, 0, 0),
    "acct": (163, 89, 0), "syslog": (103, 116, 10, 0, 0), "personality": (135, 92, 0x40000),
    "clone user": (56, 220, 0x10000000 | signal.SIGCHLD, 0, 0, 0, 0),
}


def kernel():
    for name, (x86, arm, *arguments) in CALLS.items():
        refused(f"call {name}", lambda: system_call(arm if MACHINE == ARM else x86, *arguments))
    refused("call clone3", lambda: system_call(435, 0, 0), (errno.ENOSYS,))
    if MACHINE == X86:
        refused("call x32", lambda: system_call(0x40000000 | 39), (errno.ENOSYS,))
    status = dict(line.split(":\t", 1) for line in open("/proc/self/status").read().splitlines() if ":\t" in line)
    report("no capability", int(status["CapEff"], 16) == int(status["CapBnd"], 16) == 0, status["CapEff"])
    report("no new privileges", status["NoNewPrivs"] == "1")
    report("filtered", status["Seccomp"] == "2")
    report("no core dump", resource.getrlimit(resource.RLIMIT_CORE) == (1, 1), resource.getrlimit(resource.RLIMIT_CORE))
    for kind in (stat.S_IFBLK, stat.S_IFCHR):
        refused(f"device {kind:o}", lambda: os.mknod("/workspace/device", kind | 0o600, os.makedev(1, 1)))


def sockets():
    for name, family, kind, protocol in [
        ("vsock", 40, 1, 0), ("alg", 38, 5, 0), ("packet", 17, 3, 0), ("xdp", 44, 3, 0), ("bluetooth", 31, 3, 1),
        ("can", 29, 3, 1), ("tipc", 30, 5, 0), ("rds", 21, 5, 0), ("qipcrtr", 42, 2, 0), ("smc", 43, 1, 0),
        ("netfilter", 16, 3, 12), ("audit", 16, 3, 9), ("xfrm", 16, 3, 6), ("crypto", 16, 3, 21), ("diag", 16, 3, 4),
    ]:
        refused(f"socket {name}", lambda: socket.socket(family, kind, protocol), (errno.EAFNOSUPPORT,))
    refused("socket raw", lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1))


def terminal():
    refused("/dev/tty", lambda: os.open("/dev/tty", os.O_RDWR), (errno.ENXIO, errno.ENOENT))
    own, other = pty.openpty()
    for name, request in [("TIOCSTI", 0x5412), ("TIOCLINUX", 0x541C), ("TIOCSETD", 0x5423)]:
        refused(name, lambda: fcntl.ioctl(other, request, b"x\0\0\0"))


def write_to(path):
    with open(path, "ab") as file:
        file.write(b"x")


def files():
    for path in settings["hidden"] + ["/etc/shadow", "/root", "/var/run/docker.sock", "/run/docker.sock", "/run/user",
                                      "/run/dbus", "/tmp/.X11-unix", "/var/lib", "/home/user", "/boot", "/sys/kernel"]:
        report(f"hidden {path}", not os.path.lexists(path))
    read_only = (errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOENT, errno.ETXTBSY)
    for path in ["/x", "/usr/x", "/usr/bin/env", "/etc/x", "/etc/passwd", "/run/makima/shim", "/proc/sys/kernel/core_pattern",
                 "/proc/sys/kernel/modprobe", "/proc/sysrq-trigger"]:
        refused(f"write {path}", lambda: write_to(path), read_only)
    devices = {"console", "core", "fd", "full", "null", "ptmx", "pts", "random", "shm", "stderr", "stdin", "stdout", "tty",
               "urandom", "zero"}
    report("devices", set(os.listdir("/dev")) <= devices, set(os.listdir("/dev")) - devices)
    for name in ["SSH_AUTH_SOCK", "DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY", "GPG_AGENT_INFO", "SECRET_KEY"]:
        report(f"variable {name}", name not in os.environ)
    report("setuid", os.system("su -c true </dev/null >/dev/null 2>&1") != 0)


def processes():
    pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    report("own processes only", 1 in pids and len(pids) < 12, pids)
    refused("signal a process of the host", lambda: os.kill(settings["pid"], 0), (errno.ESRCH,))
    refused("root of process 1", lambda: os.listdir("/proc/1/root/root"), ())
    refused("memory of process 1", lambda: open("/proc/1/mem", "rb"), (errno.EACCES, errno.EPERM))
    # Root may see that there are some, and no more.
    refused("descriptors of process 1", lambda: [os.open(f"/proc/1/fd/{number}", os.O_RDONLY) for number in (0, 3, 4)],
            (errno.EACCES, errno.EPERM))
    refused("environment of process 1", lambda: open("/proc/1/environ", "rb").read(1), (errno.EACCES, errno.EPERM))
    for number in (signal.SIGSTOP, signal.SIGTERM, signal.SIGKILL):
        try:
            os.kill(1, number)
        except PermissionError:
            pass
    report("process 1 goes on", open("/proc/1/stat").read().rsplit(")", 1)[1].split()[0] != "T")
    if os.fork() == 0:  # outlives this program, in a session of its own, and must not outlive the sandbox
        os.setsid()
        if os.fork() == 0:
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)
            null = os.open("/dev/null", os.O_RDWR)
            for descriptor in (0, 1, 2):
                os.dup2(null, descriptor)
            os.execvpe("sleep", ["sleep", "1000"], {"MAKIMA_ESCAPED": settings["mark"], "PATH": "/usr/bin:/bin"})
        os._exit(0)
    os.wait()


def git_layout():
    objects = open("/workspace/.git/objects/info/alternates").read().strip()
    refused("W1 remove the repository's objects", lambda: [os.remove(os.path.join(root, name))
            for root, _, names in os.walk(objects) for name in names][0], (errno.EROFS, errno.EPERM, errno.EACCES))
    pieces = [os.path.join(root, name) for root, _, names in os.walk(objects) for name in names]
    report("objects are there", bool(pieces), objects)
    refused("HL change a mode", lambda: os.chmod(pieces[0], 0o666), (errno.EROFS, errno.EPERM))
    refused("HL overwrite an object", lambda: write_to(pieces[0]), (errno.EROFS, errno.EPERM, errno.EACCES))
    refused("new object", lambda: write_to(objects + "/x"), (errno.EROFS, errno.EACCES))
    for name in ["config", "HEAD", "hooks", "refs/heads/main", "packed-refs", "info/attributes", "worktrees"]:
        report(f"repository's {name}", not os.path.lexists(os.path.join(os.path.dirname(objects), name)))
    refused("replace .git", lambda: os.rename("/workspace/.git", "/workspace/git"), (errno.EBUSY,))
    refused("remove .git", lambda: os.rmdir("/workspace/.git"), (errno.EBUSY, errno.ENOTEMPTY))


def ask_proxy(request, token=None):
    """The status that the proxy answers with; 0 where it answers nothing."""
    token = token or os.environ["HTTP_PROXY"].split("//")[1].split("@")[0]
    way = socket.create_connection(("127.0.0.1", 3128), 20)
    credential = b"Proxy-Authorization: Basic " + base64.b64encode(token.encode()) + b"\r\n"
    way.sendall(request + b" HTTP/1.1\r\n" + credential + b"\r\n")
    answer = way.recv(4096).split(b" ")
    way.close()
    return int(answer[1]) if len(answer) > 1 else 0


def network():
    host, port = settings["service"]
    gone = (errno.ECONNREFUSED, errno.ENETUNREACH, errno.ETIMEDOUT, errno.EPERM, errno.EADDRNOTAVAIL)
    refused("service of the host", lambda: socket.create_connection((host, port), 5), gone)
    refused("address of the internet", lambda: socket.create_connection(("1.1.1.1", 443), 5), gone)
    refused("names", lambda: socket.getaddrinfo("example.com", 443), ())
    refused("datagrams", lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("1.1.1.1", 53)), gone)
    refused("abstract socket of the host",
            lambda: socket.socket(socket.AF_UNIX).connect("\0" + settings["abstract"]), (errno.ECONNREFUSED,))
    target = f"{host}:{port}".encode()
    report("allowed by its address", ask_proxy(b"CONNECT " + target) == 200)
    report("forwarded", ask_proxy(b"GET http://" + target + b"/") not in (0, 400, 403, 407))
    report("another token", ask_proxy(b"CONNECT " + target, "makima:guess") == 407)
    for name, wanted, status in [
        ("another host", b"CONNECT other.example:443", 403), ("another port", f"CONNECT {host}:22".encode(), 403),
        ("localhost", f"CONNECT localhost:{port}".encode(), 403), ("any address", f"CONNECT 0.0.0.0:{port}".encode(), 403),
        ("metadata", b"CONNECT 169.254.169.254:80", 403), ("private name", b"CONNECT localhost.listed.example:443", 403),
        ("NUL", b"CONNECT allowed.example\0evil:443", 400), ("fragment", b"GET http://evil.example#.listed.example/", 400),
        ("user", b"GET http://allowed.example@evil.example/", 400), ("decimal", f"CONNECT 2130706433:{port}".encode(), 400),
        ("octal", f"CONNECT 0177.0.0.1:{port}".encode(), 400), ("short", f"CONNECT 127.1:{port}".encode(), 400),
        ("mapped", f"CONNECT [::ffff:127.0.0.1]:{port}".encode(), 400), ("percent", b"CONNECT a%2e.listed.example:443", 400),
        ("origin form", b"GET /", 400), ("other scheme", b"GET file:///etc/shadow", 400),
    ]:
        answer = ask_proxy(wanted)
        # A name that nobody has is as good as refused.
        report(f"proxy {name}", answer == status or (name == "private name" and answer == 502), answer)


os.chdir("/workspace")
for group in [kernel, sockets, terminal, files, git_layout, network, processes]:
    try:
        group()
    except Exception as error:
        report(f"group {group.__name__}", False, repr(error))
sys.exit(1 if failures else 0)
