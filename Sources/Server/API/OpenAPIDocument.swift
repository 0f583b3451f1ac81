import Domain
import Fleet
import HTTPTypes
import Wire

/// The description of the API for programs, made from the endpoints that requests are routed by.
enum OpenAPIDocument {
    static func json(_ endpoints: [Endpoint], version: String) throws(WireError) -> JSONValue {
        var paths: [String: [JSONMember]] = [:]
        for endpoint in endpoints {
            let operation = JSONMember(
                key: endpoint.method.rawValue.lowercased(),
                value: .object(operation(endpoint, links(endpoints)))
            )
            paths[endpoint.path, default: []].append(operation)
        }
        let records =
            endpoints.compactMap(\.body) + endpoints.compactMap(\.success.record) + [Problem.self, EventView.self]
        return .object([
            "openapi": .string("3.1.0"),
            "info": .object([
                "title": .string("makima"), "version": .string(version),
                "description": .string("Tasks, daemons and what they do. See docs/SERVER.md."),
            ]),
            "security": .array([.object(["bearer": .array([])])]),
            "paths": .object(
                paths.sorted { $0.key < $1.key }
                    .map { path, operations in
                        JSONMember(key: path, value: .object(operations.sorted { $0.key < $1.key }))
                    }
            ),
            "components": .object([
                "securitySchemes": .object([
                    "bearer": .object(["type": .string("http"), "scheme": .string("bearer")])
                ]),
                "schemas": try JSONSchema.components(records),
            ]),
        ])
    }

    /// What can be asked about a task that was made.
    private static func links(_ endpoints: [Endpoint]) -> JSONValue {
        let about = endpoints.filter { $0.segments.contains("{taskId}") && $0.parameterCount == 1 }
        return .object(
            about.map { endpoint in
                let link: JSONValue = .object([
                    "operationId": .string(endpoint.name),
                    "parameters": .object(["taskId": .string("$response.body#/tasks/0/taskId")]),
                ])
                return JSONMember(key: endpoint.name, value: link)
            }
        )
    }

    private static func operation(_ endpoint: Endpoint, _ links: JSONValue) -> [JSONMember] {
        var members = [
            JSONMember(key: "operationId", value: .string(endpoint.name)),
            JSONMember(key: "summary", value: .string(endpoint.summary)),
        ]
        if let scope = endpoint.scope {
            members.append(JSONMember(key: "description", value: .string("Takes the scope `\(scope.rawValue)`.")))
        } else {
            members.append(JSONMember(key: "security", value: .array([])))
        }
        let parameters = parameters(endpoint)
        if !parameters.isEmpty { members.append(JSONMember(key: "parameters", value: .array(parameters))) }
        if let body = endpoint.body {
            let content: JSONValue = .object([
                "application/json": .object(["schema": JSONSchema.reference(body)])
            ])
            members.append(
                JSONMember(
                    key: "requestBody",
                    value: .object(["required": .bool(!endpoint.isBodyOptional), "content": content])
                )
            )
        }
        members.append(JSONMember(key: "responses", value: .object(responses(endpoint, links))))
        return members
    }

    private static func parameters(_ endpoint: Endpoint) -> [JSONValue] {
        var parameters = endpoint.segments.filter { $0.hasPrefix("{") }
            .map { segment in
                let name = String(segment.dropFirst().dropLast())
                return parameter(name, in: "path", isNeeded: true, pathSchema(name), "Names it.")
            }
        parameters += endpoint.query.map {
            parameter($0.name, in: "query", isNeeded: false, schema($0.kind), $0.meaning)
        }
        if endpoint.takesKey {
            let schema: JSONValue = .object([
                "type": .string("string"), "pattern": .string("^[!-~]{1,200}$"),
            ])
            let meaning = "Names the request: sent again, it has no further effect and gets the same answer."
            parameters.append(parameter("Idempotency-Key", in: "header", isNeeded: false, schema, meaning))
        }
        if endpoint.takesRevision {
            let schema: JSONValue = .object(["type": .string("string"), "pattern": .string("^\"[0-9]{1,15}\"$")])
            let meaning = "The `ETag` of what is to be changed: where it is another by now, nothing happens."
            parameters.append(parameter("If-Match", in: "header", isNeeded: false, schema, meaning))
        }
        return parameters
    }

    private static func parameter(
        _ name: String,
        in place: String,
        isNeeded: Bool,
        _ schema: JSONValue,
        _ meaning: String
    ) -> JSONValue {
        .object([
            "name": .string(name), "in": .string(place), "required": .bool(isNeeded), "schema": schema,
            "description": .string(meaning),
        ])
    }

    private static func pathSchema(_ name: String) -> JSONValue {
        let pattern =
            switch name {
            case "taskId": TextRule.taskID.pattern
            case "attempt", "number": "^[0-9]{1,9}$"
            default: TextRule.identifier.pattern
            }
        return .object([
            "type": .string("string"), "maxLength": .integer(128), "pattern": .string(pattern ?? ".*"),
        ])
    }

    private static func schema(_ kind: Endpoint.Parameter.Kind) -> JSONValue {
        switch kind {
        case .integer(let range):
            .object([
                "type": .string("integer"), "minimum": .integer(Int64(range.lowerBound)),
                "maximum": .integer(Int64(range.upperBound)),
            ])
        case .text(let limit):
            .object(["type": .string("string"), "minLength": .integer(1), "maxLength": .integer(Int64(limit))])
        case .words(let words):
            .object([
                "type": .string("string"),
                "pattern": .string(
                    "^(\(words.joined(separator: "|")))(,(\(words.joined(separator: "|"))))*$"
                ),
            ])
        }
    }

    private static func responses(_ endpoint: Endpoint, _ links: JSONValue) -> [JSONMember] {
        var success = response(endpoint.success)
        if endpoint.success.record == CreationView.self { success.append(JSONMember(key: "links", value: links)) }
        var members = [JSONMember(key: "\(endpoint.success.status)", value: .object(success))]
        var statuses = Set([400, 404, 405, 429, 500, 503] + endpoint.problems)
        if endpoint.scope != nil { statuses.formUnion([401, 403]) }
        statuses.formUnion([421])
        if endpoint.body != nil { statuses.formUnion([408, 413, 415, 422]) }
        if endpoint.takesRevision { statuses.insert(412) }
        for status in statuses.sorted() {
            members.append(
                JSONMember(
                    key: "\(status)",
                    value: .object([
                        "description": .string("Why it has failed."),
                        "content": .object([
                            "application/problem+json": .object(["schema": JSONSchema.reference(Problem.self)])
                        ]),
                    ])
                )
            )
        }
        return members.sorted { $0.key < $1.key }
    }

    private static func response(_ success: Endpoint.Success) -> [JSONMember] {
        var members = [JSONMember(key: "description", value: .string(success.meaning))]
        if success.hasETag {
            let header: JSONValue = .object([
                "schema": .object(["type": .string("string")]), "description": .string("Its revision."),
            ])
            members.append(JSONMember(key: "headers", value: .object(["ETag": header])))
        }
        let schema: JSONValue =
            switch success.content {
            case .json: success.record.map(JSONSchema.reference) ?? .object(["type": .string("object")])
            case .events, .bytes, .text, .metrics: .object(["type": .string("string")])
            }
        let content: JSONValue = .object([
            JSONMember(key: success.content.rawValue, value: .object(["schema": schema]))
        ])
        members.append(JSONMember(key: "content", value: content))
        return members
    }
}
