import Fleet
import Testing

struct TouchedPathsTests {
    @Test(arguments: [
        ("src/a", "src/a", true), ("src/a", "src/b", false), ("src/a", "src", true), ("./src//a", "src/a/", true),
        ("src/**", "src/a/b", true), ("src/**", "docs/**", false), ("**/x", "docs/a", true),
        ("src/*.swift", "src/a.swift", true), ("src/*.swift", "src/*.c", false), ("src/a*", "src/b*", false),
        ("src/a*", "src/ab", true), ("src/[ab].c", "src/a.c", true), ("src/[ab].c", "src/a.h", false),
        ("src/?", "src/a", true), ("src/*/x", "src/a/y", false), ("grüße/*", "grüße/a", true),
    ])
    func twoPatternsMayMatchTheSamePath(_ left: String, _ right: String, _ isSo: Bool) {
        #expect(TouchedPaths([left]).mayOverlap(TouchedPaths([right])) == isSo)
        #expect(TouchedPaths([right]).mayOverlap(TouchedPaths([left])) == isSo)
    }

    @Test func ofListsAnyTwoAreEnough() {
        let paths = TouchedPaths(["docs/a", "src/a/**"])
        #expect(paths.mayOverlap(TouchedPaths(["tests/**", "src/a/b"])))
        #expect(!paths.mayOverlap(TouchedPaths(["tests/**", "src/b"])))
        #expect(!paths.mayOverlap(TouchedPaths([])))
    }
}
