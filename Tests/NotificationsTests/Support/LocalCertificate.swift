import NIOSSL

/// A certificate of 'localhost' and 127.0.0.1, signed by itself, for a hundred years; it protects nothing but these tests.
struct LocalCertificate {
    let server: TLSConfiguration
    /// Trusts it alone.
    let client: TLSConfiguration

    init() throws {
        let certificate = try NIOSSLCertificate(bytes: Array(Self.certificate.utf8), format: .pem)
        let key = try NIOSSLPrivateKey(bytes: Array(Self.key.utf8), format: .pem)
        server = TLSConfiguration.makeServerConfiguration(
            certificateChain: [.certificate(certificate)],
            privateKey: .privateKey(key)
        )
        var client = TLSConfiguration.makeClientConfiguration()
        client.trustRoots = .certificates([certificate])
        self.client = client
    }

    private static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBmzCCAUGgAwIBAgIUHqTLhLElwswTh5Y2tmunO0UScNUwCgYIKoZIzj0EAwIw
        FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyODIwNTExN1oYDzIxMjYxMTA0
        MjA1MTE3WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
        PQMBBwNCAAQMghvjcPlWleAMFQCoRp2Ttr3HqbUp8fFvAogRPIv1+YJqZWAADDYU
        1c+TGCM1l22dIXhnw7yNjgNwTsGjvRbKo28wbTAdBgNVHQ4EFgQUkYAYG/kE/w9I
        70UVoYkjFdxh4dUwHwYDVR0jBBgwFoAUkYAYG/kE/w9I70UVoYkjFdxh4dUwDwYD
        VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
        zj0EAwIDSAAwRQIgaVNd6A/reCt/9thd5Hejm5GolpmlquMaRmxevbtdg6wCIQDk
        /IpuA4QIfUghEjrp9XEhThW0g3m5S1vcu0MtXGWvIg==
        -----END CERTIFICATE-----
        """
    private static let key = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgRi3GCzgFHs6gBvpt
        vxs+npTgcslPunAkDi+2GFAaLLChRANCAAQMghvjcPlWleAMFQCoRp2Ttr3HqbUp
        8fFvAogRPIv1+YJqZWAADDYU1c+TGCM1l22dIXhnw7yNjgNwTsGjvRbK
        -----END PRIVATE KEY-----
        """
}
