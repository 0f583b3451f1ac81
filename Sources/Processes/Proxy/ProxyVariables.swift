import Domain

/// How programs in a sandbox are told of the proxy.
package enum ProxyVariables {
    /// Of the loopback device inside, which is the sandbox's own: it collides with nothing.
    static let port = 3128

    /// The variables that lead programs to the proxy; programs that know none of them reach nothing.
    ///
    /// Nothing is reached past it, `localhost` neither: an allowed address of this machine is behind it, too.
    package static func all(token: String) -> [String: String] {
        let url = "http://\(NetworkPolicy.user):\(token)@127.0.0.1:\(port)"
        var variables = ["NO_PROXY": "", "no_proxy": "", "NODE_USE_ENV_PROXY": "1"]
        for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
            variables[name] = url
            variables[name.lowercased()] = url
        }
        return variables
    }
}
