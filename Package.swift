// swift-tools-version: 6.2
import PackageDescription

/// Warnings are errors, imports are internal unless said otherwise, existentials say `any`.
let strict: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("ExistentialAny"),
]

// A target may import only targets above it in this list; two readers never import each other.
let package = Package(
  name: "headwater",
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
  ],
  targets: [
    .plugin(name: "EmbedMeterProgram", capability: .buildTool()),
    .target(name: "CLinux"),
    .target(name: "Flows", swiftSettings: strict),
    .target(name: "LinuxSystem", dependencies: ["CLinux", "Flows"], swiftSettings: strict),
    .target(name: "Clues", dependencies: ["Flows", "LinuxSystem"], swiftSettings: strict),
    .executableTarget(
      name: "CluesFuzz", dependencies: ["Clues", "Flows", "LinuxSystem"], path: "Fuzz/CluesFuzz", swiftSettings: strict),
    .testTarget(name: "FlowsTests", dependencies: ["Flows"], swiftSettings: strict),
    .testTarget(name: "LinuxSystemTests", dependencies: ["LinuxSystem"], swiftSettings: strict),
    .testTarget(name: "CluesTests", dependencies: ["Clues"], swiftSettings: strict),
  ]
)
