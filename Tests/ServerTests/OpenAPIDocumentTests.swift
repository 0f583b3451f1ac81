import Domain
import Fleet
import FoundationEssentials
import HTTPTypes
import Logging
import Store
import TestSupport
import Testing
import Wire

@testable import Server

/// `docs/openapi.json` is what the endpoints say.
struct OpenAPIDocumentTests {
    private func endpoints() async throws -> [Endpoint] {
        let directory = TemporaryDirectory()
        let store = try await SQLiteTaskStore.open("\(directory.path)/store.sqlite")
        let surroundings = Surroundings(
            clock: ManualClock(),
            wallClock: ManualWallClock(),
            ids: SystemIDs(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        let lines = DaemonLines()
        let dispatch = DispatchService(store: store, lines: lines, limits: .init(), surroundings: surroundings)
        let streams = EventStreams(
            store: store,
            viewers: ViewerHub(limit: 1, limitOfToken: 1),
            surroundings: surroundings
        )
        let orders = TaskOrders(store: store, lines: lines, surroundings: surroundings)
        return API(
            store: store,
            lines: lines,
            dispatch: dispatch,
            streams: streams,
            orders: orders,
            surroundings: surroundings,
            version: "1",
            logins: LoginCodes(),
            machine: ServerMachine(),
            contracts: ContractParts(store: store, lines: lines, machine: ServerMachine(), surroundings: surroundings),
            cookie: { nil }
        )
        .endpoints
    }

    @Test func theDocumentIsWhatTheEndpointsSay() async throws {
        let json = try OpenAPIDocument.json(try await endpoints(), version: "1")
        let text = JSONWriter.write(json, style: .pretty) + "\n"
        let path = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/") + "/docs/openapi.json"
        if ProcessInfo.processInfo.environment["UPDATE_SNAPSHOTS"] == "1" {
            try Data(text.utf8).write(to: URL(filePath: path))
        }
        #expect(TestFiles.read(path) == text, "'UPDATE_SNAPSHOTS=1 swift test --filter OpenAPIDocumentTests' writes it")
    }

    @Test func everyEndpointIsInTheDocumentAndIsRouted() async throws {
        let endpoints = try await endpoints()
        let paths = try OpenAPIDocument.json(endpoints, version: "1")["paths"]
        let table = EndpointTable(endpoints)
        for endpoint in endpoints {
            #expect(paths?[endpoint.path]?[endpoint.method.rawValue.lowercased()] != nil, "\(endpoint.name)")
            let path = endpoint.segments.map { $0.hasPrefix("{") ? "x1" : String($0) }.joined(separator: "/")
            guard case .found(let found, _) = table.match(endpoint.method, "/" + path) else {
                Issue.record("\(endpoint.path) is not found.")
                continue
            }
            #expect(found.name == endpoint.name)
        }
        #expect(Set(endpoints.map(\.name)).count == endpoints.count)
    }

    @Test func everyReferenceLeadsSomewhere() async throws {
        let json = try OpenAPIDocument.json(try await endpoints(), version: "1")
        let schemas = Set(json["components"]?["schemas"]?.object?.keys ?? [])
        var open = [json]
        while let value = open.popLast() {
            if let reference = value["$ref"]?.string {
                #expect(schemas.contains(String(reference.dropFirst(JSONSchema.place.count))), "\(reference)")
            }
            open += value.array ?? value.object?.values ?? []
        }
    }
}
