// swift-tools-version: 6.2
import PackageDescription

// Drives the makima program from outside, as a person would: it needs nothing of the product's own modules.
let package = Package(
    name: "makima-benchmarks",
    targets: [
        .executableTarget(
            name: "bench",
            swiftSettings: [
                .enableUpcomingFeature("ExistentialAny"),
                .enableUpcomingFeature("MemberImportVisibility"),
                .enableUpcomingFeature("InternalImportsByDefault"),
                .treatAllWarnings(as: .error),
            ]
        )
    ],
    swiftLanguageModes: [.v6]
)
