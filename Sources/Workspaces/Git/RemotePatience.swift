/// How git notices that whoever it talks to is gone: by itself it would wait for ever.
enum RemotePatience {
    /// To come before the user's own settings, which hold where they say something else.
    ///
    /// A server that prepares what it sends is silent but for a few bytes each five seconds: only one that sends nothing at all for so long
    /// is given up.
    static let settings = [
        ("core.sshCommand", sshCommand), ("http.lowSpeedLimit", "1"), ("http.lowSpeedTime", "\(silence)"),
    ]

    /// In seconds.
    private static let silence = 120

    /// Asks nobody for a password; a host that does not answer is given up after half a minute, one that falls silent after a minute.
    private static let sshCommand =
        "ssh -oBatchMode=yes -oConnectTimeout=30 -oServerAliveInterval=15 -oServerAliveCountMax=4"
}
