// swift-tools-version: 6.2
import PackageDescription

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let nio = { (name: String) in Target.Dependency.product(name: name, package: "swift-nio") }
let http: [Target.Dependency] = [
    .product(name: "HTTPTypes", package: "swift-http-types"),
    .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
    .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
    .product(name: "HummingbirdCore", package: "hummingbird"),
    .product(name: "HummingbirdTLS", package: "hummingbird"),
]

let package = Package(
    name: "makima",
    products: [
        .executable(name: "makima", targets: ["makima"]),
        .executable(name: "makima-shim", targets: ["makima-shim"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    ],
    targets: [
        .target(name: "Domain"),
        .target(name: "LoopCore", dependencies: ["Domain"]),
        // What server and daemons say to each other.
        .target(name: "Wire", dependencies: ["Domain"]),
        .target(name: "CLinux"),
        // What the shim and makima take secrets out of output by.
        .target(name: "CRedaction"),
        .target(name: "Processes", dependencies: ["CRedaction", "CLinux", "Domain"]),
        .target(name: "Agents", dependencies: ["Domain", "Processes"]),
        .target(name: "Workspaces", dependencies: ["Domain", "Processes"]),
        .target(name: "Tools", dependencies: ["Domain"]),
        .target(name: "Checks", dependencies: ["Domain", "Processes"]),
        // Tells people who do not look on.
        .target(
            name: "Notifications",
            dependencies: ["Domain", "Processes", nio("NIOCore"), nio("NIOHTTP1"), nio("NIOPosix"), nioSSL]
        ),
        // Puts work to review where it is hosted.
        .target(
            name: "Forge",
            dependencies: [
                "Domain", "Processes", .product(name: "AsyncHTTPClient", package: "async-http-client"), nio("NIOCore"),
                nio("NIOHTTP1"), nio("NIOPosix"), nioSSL,
            ]
        ),
        // What a server decides about tasks and daemons: no I/O, no clock.
        .target(name: "Fleet", dependencies: ["Domain"]),
        .target(name: "Store", dependencies: ["Domain", "Fleet", grdb]),
        // WebSockets of either end, on SwiftNIO; knows nothing of makima.
        .target(
            name: "WebSockets",
            dependencies: [nio("NIOCore"), nio("NIOPosix"), nio("NIOHTTP1"), nio("NIOWebSocket"), nioSSL]
        ),
        // The pages of the dashboard, as bytes.
        .target(name: "CDashboard", exclude: ["web"]),
        .target(
            name: "Server",
            dependencies: ["CDashboard", "Domain", "Fleet", "Tools", "Wire", "Store", "WebSockets", logging, nioSSL]
                + http
                + ["NIOCore", "NIOHTTP1", "NIOPosix", "NIOWebSocket"].map(nio)
        ),
        // A server without the rest of makima, for what tests and measures it from outside; part of no product.
        .executableTarget(
            name: "makima-server-bench",
            dependencies: ["Domain", "Fleet", "Server", "Store", "WebSockets", "Wire", logging]
                + ["NIOCore", "NIOHTTP1", "NIOPosix"].map(nio)
        ),
        // What every store must do, as cases that tests of each run; part of no product.
        .target(name: "StoreConformance", dependencies: ["Domain", "Fleet", "Store", "TestSupport"]),
        .target(name: "Journal", dependencies: ["Domain", grdb]),
        .target(name: "Settings", dependencies: ["Domain", "LoopCore", "TOMLKit"]),
        .target(
            name: "Runner",
            dependencies: ["Domain", "LoopCore", "Processes", "Agents", "Workspaces", "Checks", "Journal", "Tools"]
        ),
        // Runs tasks for a server, with the same runner as `makima run`.
        .target(
            name: "Daemon",
            dependencies: [
                "Domain", "Fleet", "Wire", "Processes", "Workspaces", "Journal", "Runner", "WebSockets", grdb,
                nio("NIOCore"), nio("NIOPosix"), nioSSL,
            ]
        ),
        .target(name: "Commands", dependencies: ["Domain", "LoopCore", "Runner", "Settings", "Wire", argumentParser]),
        // The commands' way to a server.
        .target(
            name: "ServerClient",
            dependencies: [
                "Domain", "Wire", .product(name: "AsyncHTTPClient", package: "async-http-client"), nio("NIOCore"),
                nio("NIOHTTP1"), nio("NIOPosix"), nioSSL,
            ]
        ),
        .executableTarget(
            name: "makima",
            dependencies: [
                "Domain", "LoopCore", "Processes", "Agents", "Workspaces", "Journal", "Settings", "Runner",
                "Commands", "Tools", "Wire", "Fleet", "Store", "Server", "ServerClient", "Daemon", "Notifications",
                "Forge",
                nioSSL, logging,
                nio("NIOCore"), nio("NIOPosix"),
            ]
        ),
        // The first process of every sandbox: C, static, without a runtime. See docs/adr/0006.
        .executableTarget(
            name: "makima-shim",
            dependencies: ["CRedaction"],
            path: "Sources/Shim",
            linkerSettings: [.unsafeFlags(["-static-executable", "-nostartfiles"])]
        ),
        .target(name: "TestSupport", dependencies: ["Domain"]),
        // Plays recorded failures of other tools against the real runner; part of no product.
        .target(
            name: "Replay",
            dependencies: [
                "Domain", "LoopCore", "Processes", "Agents", "Workspaces", "Journal", "Runner",
            ]
        ),
        .executableTarget(name: "makima-replay", dependencies: ["Replay", "makima-shim"]),
        // Feeds the readers of foreign text with what nobody thought of; part of no product.
        .target(name: "Fuzz", dependencies: ["Domain", "LoopCore", "Agents", "Processes"]),
        .executableTarget(name: "makima-fuzz", dependencies: ["Fuzz"]),
        // Plays histories that chance decides against the real loop; part of no product. It looks into the targets that it
        // plays: a release of it needs '-enable-testing', as scripts/simulate has it.
        .target(
            name: "Simulation",
            dependencies: [
                "Agents", "Domain", "Journal", "LoopCore", "Processes", "Runner", "TestSupport", "Workspaces",
            ]
        ),
        .executableTarget(name: "makima-simulate", dependencies: ["Simulation"]),

        .testTarget(name: "DomainTests", dependencies: ["Domain", "TestSupport"]),
        .testTarget(name: "LoopCoreTests", dependencies: ["Domain", "LoopCore", "TestSupport"]),
        .testTarget(name: "WireTests", dependencies: ["Domain", "Wire"], exclude: ["Golden"]),
        .testTarget(name: "ProcessesTests", dependencies: ["Domain", "Processes", "TestSupport"]),
        .testTarget(name: "AgentsTests", dependencies: ["Agents", "Domain", "Processes", "TestSupport"]),
        .testTarget(name: "WorkspacesTests", dependencies: ["Domain", "Processes", "TestSupport", "Workspaces"]),
        .testTarget(
            name: "NotificationsTests",
            dependencies: ["Domain", "Notifications", "Processes", "TestSupport", nioSSL]
                + ["NIOCore", "NIOHTTP1", "NIOPosix"].map(nio)
        ),
        // A double of a forge's API, for tests alone.
        .target(
            name: "ForgeDouble",
            dependencies: ["Domain"] + ["NIOCore", "NIOHTTP1", "NIOPosix"].map(nio),
            path: "Tests/ForgeDouble"
        ),
        .testTarget(name: "ForgeTests", dependencies: ["Domain", "Forge", "ForgeDouble", "Processes", "TestSupport"]),
        .testTarget(name: "ToolsTests", dependencies: ["Domain", "Tools"]),
        .testTarget(name: "FleetTests", dependencies: ["Domain", "Fleet", "TestSupport"]),
        .testTarget(
            name: "StoreTests",
            dependencies: ["Domain", "Fleet", "Store", "StoreConformance", "TestSupport", grdb]
        ),
        .testTarget(
            name: "WebSocketsTests",
            dependencies: ["WebSockets", nioSSL] + ["NIOCore", "NIOHTTP1", "NIOPosix", "NIOWebSocket"].map(nio)
        ),
        .testTarget(
            name: "ServerTests",
            dependencies: ["Domain", "Fleet", "Server", "Store", "TestSupport", "WebSockets", "Wire", logging, nioSSL]
                + http
                + ["NIOCore", "NIOEmbedded", "NIOHTTP1", "NIOPosix"].map(nio)
        ),
        .testTarget(name: "ServerClientTests", dependencies: ["Domain", "ServerClient", "TestSupport", "Wire"]),
        .testTarget(name: "JournalTests", dependencies: ["Domain", "Journal", "TestSupport", grdb]),
        .testTarget(name: "SettingsTests", dependencies: ["Settings", "Domain"]),
        .testTarget(
            name: "RunnerTests",
            dependencies: [
                "Agents", "Domain", "Journal", "LoopCore", "Processes", "Runner", "TestSupport", "Tools", "Workspaces",
                "makima-shim",
            ]
        ),
        .testTarget(
            name: "DaemonTests",
            dependencies: [
                "Agents", "Daemon", "Domain", "Fleet", "Journal", "Processes", "Runner", "TestSupport", "WebSockets",
                "Wire", "Workspaces", "makima-shim", nio("NIOPosix"),
            ]
        ),
        .testTarget(name: "SimulationTests", dependencies: ["Domain", "Journal", "Simulation", "TestSupport"]),
        .testTarget(
            name: "CommandsTests",
            dependencies: ["Commands", "Domain", "LoopCore", "Runner", "TestSupport", "Wire", "Workspaces"],
            exclude: ["Snapshots"]
        ),
        // These run the programs of this build, so they are built with them.
        .testTarget(
            name: "IntegrationTests",
            dependencies: ["Domain", "ForgeDouble", "Processes", "TestSupport", "makima", "makima-shim"]
        ),
        .testTarget(name: "ReplayTests", dependencies: ["Replay", "makima-shim"]),
        .testTarget(name: "FuzzTests", dependencies: ["Fuzz"]),
    ],
    swiftLanguageModes: [.v6]
)

for target in package.targets where !["CRedaction", "CLinux", "CDashboard", "makima-shim"].contains(target.name) {
    target.swiftSettings =
        (target.swiftSettings ?? []) + [
            .enableUpcomingFeature("ExistentialAny"),
            .enableUpcomingFeature("MemberImportVisibility"),
            .enableUpcomingFeature("InternalImportsByDefault"),
            .treatAllWarnings(as: .error),
        ]
}
