import Domain
import Testing

struct SecretMaskTests {
    @Test(arguments: [
        (["--api-key", "X"], ["--api-key", "(hidden)"]), (["--apiKey=X", "-v"], ["--apiKey=(hidden)", "-v"]),
        (["--token", "-v", "x"], ["--token", "-v", "x"]), (["--max-tokens", "100"], ["--max-tokens", "100"]),
        (["--key-file", "/k"], ["--key-file", "/k"]), (["OPENAI_API_KEY=abc"], ["OPENAI_API_KEY=(hidden)"]),
        (["-H", "Authorization: Bearer abc"], ["-H", "Authorization: (hidden)"]),
        (["-H", "x-api-key:abc"], ["-H", "x-api-key:(hidden)"]), (["sk-ant-0123456789abcdef"], ["(hidden)"]),
        (["--x=sk-ant-0123456789abcdef"], ["--x=(hidden)"]), (["sk-short"], ["sk-short"]),
        (["https://me:pw@host/p"], ["https://me:(hidden)@host/p"]), (["https://host:80/p"], ["https://host:80/p"]),
        (["--password", "X", "--model", "m"], ["--password", "(hidden)", "--model", "m"]),
        (["--api-key X --fast"], ["--api-key (hidden) --fast"]), (["--author", "me"], ["--author", "me"]), ([], []),
        (["key:"], ["key:"]), (["--keyboard=us"], ["--keyboard=us"]),
    ])
    func hidesWhatIsLikelyASecret(_ arguments: [String], _ shown: [String]) {
        #expect(SecretMask.arguments(arguments) == shown)
    }
}
