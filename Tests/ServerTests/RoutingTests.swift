import HTTPTypes
import Testing

@testable import Server

struct RoutingTests {
    private func endpoint(_ method: HTTPRequest.Method, _ path: String, _ query: [Endpoint.Parameter] = []) -> Endpoint
    {
        Endpoint(method: method, path: path, name: path, summary: "", scope: nil, query: query) { _ in
            .record(200, [], [:])
        }
    }

    private var table: EndpointTable {
        EndpointTable([
            endpoint(.get, "/a/{id}"), endpoint(.post, "/a/{id}"), endpoint(.post, "/a/{id}/b"), endpoint(.get, "/c"),
            endpoint(.get, "/a/named"),
        ])
    }

    private func match(_ method: HTTPRequest.Method, _ path: String) -> String {
        switch table.match(method, path) {
        case .found(let endpoint, let parameters): "\(endpoint.method) \(endpoint.path) \(parameters.values.joined())"
        case .otherMethods(let methods): methods.map(\.rawValue).joined(separator: " ")
        case .none: "-"
        }
    }

    @Test(arguments: [
        ("GET", "/a/1", "GET /a/{id} 1"), ("POST", "/a/1/b", "POST /a/{id}/b 1"), ("DELETE", "/a/1", "GET POST"),
        ("GET", "/c", "GET /c "), ("GET", "/a/named", "GET /a/named "),
        ("POST", "/a/named", "GET"), ("GET", "/a", "-"), ("GET", "/a/1/c", "-"),
        ("GET", "/a/%31", "-"),
        ("GET", "//a/1", "-"), ("GET", "a/1", "-"), ("GET", "/a//1", "-"), ("GET", "/", "-"),
    ])
    func anAddressIsFoundByItsSegments(method: String, path: String, found: String) throws {
        #expect(match(try #require(HTTPRequest.Method(method)), path) == found)
    }

    private static let parameters = [
        Endpoint.Parameter(name: "n", kind: .integer(0...9), meaning: ""),
        Endpoint.Parameter(name: "t", kind: .text(upTo: 4), meaning: ""),
        Endpoint.Parameter(name: "w", kind: .words(["a", "b"]), meaning: ""),
    ]

    @Test(arguments: [
        ("", [:]), ("n=3", ["n": "3"]), ("t=%C3%A4+x", ["t": "ä x"]), ("w=a,b&n=0", ["w": "a,b", "n": "0"]),
        ("t=a%26b", ["t": "a&b"]),
    ])
    func aQueryIsRead(text: String, expected: [String: String]) throws {
        #expect(try Query.parse(text[...], for: endpoint(.get, "/", Self.parameters)) == expected)
    }

    @Test(arguments: [
        "w=", "w=a,",
        "n=10", "n=-1", "n=x", "n=", "n=03", "n=1&n=1", "t=", "t=12345", "t=%00", "t=%C3", "t=%4", "t=%zz", "w=c",
        "x=1",
        "t",
    ])
    func aQueryThatIsNotTakenIsRefused(text: String) {
        #expect(throws: APIError.self) { try Query.parse(text[...], for: endpoint(.get, "/", Self.parameters)) }
    }
}
