"""A TCP proxy on this machine that does to connections what networks do."""

import socket
import threading
import time


class Proxy:
    """Listens on a port of its own and passes everything on to `target`, until it is told otherwise."""

    def __init__(self, target):
        self.target, self.pairs, self.lock = target, [], threading.Lock()
        self.open_after = 0.0
        self.silent_until = 0.0
        self.delay = 0.0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self):
        """Breaks all connections; who reconnects is let in."""
        with self.lock:
            pairs, self.pairs = self.pairs, []
        for pair in pairs:
            for end in pair:
                _reset(end)

    def hold(self, seconds):
        """Lets nothing through, and keeps connections open: half-open ones, for whoever waits."""
        self.silent_until = time.monotonic() + seconds

    def refuse(self, seconds):
        """Breaks all connections, and lets nobody in for a while."""
        self.open_after = time.monotonic() + seconds
        self.cut()

    def slow(self, seconds):
        """Lets each piece wait."""
        self.delay = seconds

    def close(self):
        self.listener.close()
        self.cut()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            if time.monotonic() < self.open_after:
                _reset(client)
                continue
            try:
                server = socket.create_connection(self.target, timeout=5)
            except OSError:
                _reset(client)
                continue
            server.settimeout(None)
            with self.lock:
                self.pairs.append((client, server))
            for source, sink in ((client, server), (server, client)):
                threading.Thread(target=self._pass, args=(source, sink), daemon=True).start()

    def _pass(self, source, sink):
        try:
            while data := source.recv(65536):
                while (rest := self.silent_until - time.monotonic()) > 0:
                    time.sleep(min(rest, 0.1))
                if self.delay:
                    time.sleep(self.delay)
                sink.sendall(data)
        except OSError:
            pass
        _reset(source)
        _reset(sink)


def _reset(end):
    """Ends a connection without a farewell."""
    try:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        end.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    end.close()
