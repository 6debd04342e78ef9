// swift-tools-version: 6.2
import PackageDescription

/// Warnings are errors, imports are internal unless said otherwise, existentials say `any`.
let strict: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("ExistentialAny"),
]

let package = Package(
  name: "headwater",
  products: [
    .executable(name: "headwater", targets: ["headwater"])
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: [
    // A target may import only targets above it in this list; two readers never import each other, except that the
    // fallback meter polls sockets through Netlink (docs/decisions/0003).
    .plugin(name: "EmbedMeterProgram", capability: .buildTool()),
    .target(name: "CLinux", linkerSettings: [.linkedLibrary("z")]),
    .target(
      name: "CMeter", exclude: ["program"],
      linkerSettings: [.linkedLibrary("bpf"), .linkedLibrary("elf"), .linkedLibrary("z")]),
    .target(name: "CCapture", linkerSettings: [.linkedLibrary("nettle")]),
    // libpcap is loaded when a filter is compiled, not linked (docs/decisions/0055).
    .target(name: "CFilter"),
    .target(name: "CTraffic"),
    .target(name: "CScan"),
    .target(name: "CMaxMind", linkerSettings: [.linkedLibrary("maxminddb")]),
    .target(name: "CYAML", linkerSettings: [.linkedLibrary("yaml")]),
    .target(name: "CSQLite", linkerSettings: [.linkedLibrary("sqlite3")]),
    .target(name: "CZstd", linkerSettings: [.linkedLibrary("zstd")]),
    .target(name: "CFirewall"),
    .target(name: "Flows", swiftSettings: strict),
    .target(name: "Rhythm", swiftSettings: strict),
    .target(name: "LinuxSystem", dependencies: ["CLinux", "Flows"], swiftSettings: strict),
    .target(name: "Netlink", dependencies: ["Flows", "LinuxSystem"], swiftSettings: strict),
    .target(
      name: "Meter", dependencies: ["CMeter", "Flows", "LinuxSystem", "Netlink"], swiftSettings: strict,
      plugins: ["EmbedMeterProgram"]),
    .target(name: "Capture", dependencies: ["CCapture", "Flows", "LinuxSystem"], swiftSettings: strict),
    .target(
      name: "SelfTest", dependencies: ["CTraffic", "Flows", "LinuxSystem", "Netlink", "Meter"], swiftSettings: strict),
    .target(name: "JSON", swiftSettings: strict),
    .target(name: "Programs", dependencies: ["Flows", "LinuxSystem"], swiftSettings: strict),
    .target(name: "Containers", dependencies: ["Flows", "JSON", "LinuxSystem", "Programs"], swiftSettings: strict),
    .target(name: "Proxies", dependencies: ["Flows", "JSON", "LinuxSystem", "Programs"], swiftSettings: strict),
    .target(name: "VPNs", dependencies: ["Flows", "JSON", "LinuxSystem", "Programs"], swiftSettings: strict),
    .target(name: "AddressSets", dependencies: ["Flows", "JSON", "LinuxSystem", "Programs"], swiftSettings: strict),
    .target(name: "AccessLogs", dependencies: ["CScan", "Flows", "LinuxSystem", "Rhythm"], swiftSettings: strict),
    .target(name: "Firewall", dependencies: ["CFirewall", "Flows", "LinuxSystem"], swiftSettings: strict),
    .target(name: "Questions", dependencies: ["Flows", "JSON"], swiftSettings: strict),
    .target(
      name: "LocalHost",
      dependencies: [
        "Flows", "Rhythm", "LinuxSystem", "Netlink", "Meter", "Capture", "JSON", "Programs", "Containers", "Proxies",
        "VPNs", "AddressSets", "AccessLogs", "Firewall", "Questions",
      ], swiftSettings: strict),
    .target(name: "Probe", dependencies: ["Flows", "LinuxSystem", "JSON", "Questions"], swiftSettings: strict),
    .target(
      name: "Bundles",
      dependencies: [
        "Flows", "Rhythm", "LinuxSystem", "Capture", "JSON", "Programs", "Containers", "Proxies", "VPNs", "AccessLogs",
        "Questions",
      ],
      swiftSettings: strict),
    .target(name: "Documents", dependencies: ["Flows", "Questions"], swiftSettings: strict),
    .target(
      name: "Packets", dependencies: ["CFilter", "Flows", "Rhythm", "LinuxSystem", "Capture", "Documents"],
      swiftSettings: strict),
    .target(name: "Tracing", dependencies: ["Flows", "Rhythm", "Questions", "Documents"], swiftSettings: strict),
    .target(
      name: "Fleet",
      dependencies: ["CYAML", "Flows", "LinuxSystem", "AddressSets", "Questions", "Probe"], swiftSettings: strict),
    .target(name: "Places", dependencies: ["CMaxMind", "Flows", "LinuxSystem"], swiftSettings: strict),
    .target(
      name: "History", dependencies: ["CSQLite", "CZstd", "Flows", "LinuxSystem", "JSON"], swiftSettings: strict),
    .target(
      name: "Sessions",
      dependencies: [
        "Flows", "LinuxSystem", "Meter", "Questions", "LocalHost", "Probe", "Bundles", "Tracing", "Documents", "Fleet",
      ], swiftSettings: strict),
    .target(
      name: "Watch", dependencies: ["Flows", "Questions", "Documents", "Tracing", "History"], swiftSettings: strict),
    .target(name: "Accounts", dependencies: ["Flows", "LinuxSystem"], swiftSettings: strict),
    .target(
      name: "Views", dependencies: ["Flows", "LinuxSystem", "Questions", "Documents", "Accounts"], swiftSettings: strict
    ),
    .target(
      name: "HeadwaterCommands",
      dependencies: [
        "Flows", "LinuxSystem", "Meter", "SelfTest", "Programs", "Proxies", "VPNs", "AddressSets", "Questions",
        "LocalHost", "Probe", "Bundles", "Tracing",
        "Fleet", "Places", "History", "Sessions", "Watch",
        "Documents", "Accounts", "Views", "AccessLogs", "Capture", "Packets",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], swiftSettings: strict),
    .executableTarget(name: "headwater", dependencies: ["HeadwaterCommands"], swiftSettings: strict),
    .executableTarget(
      name: "headwater-probe", dependencies: ["Flows", "LinuxSystem", "LocalHost", "Probe", "Questions"],
      swiftSettings: strict),

    .executableTarget(
      name: "NetlinkFuzz", dependencies: ["Netlink", "NetlinkFixtures", "Flows"], path: "Fuzz/NetlinkFuzz",
      swiftSettings: strict),
    .executableTarget(
      name: "ProgramsFuzz",
      dependencies: [
        "Bundles", "Capture", "Programs", "Containers", "Proxies", "VPNs", "AddressSets", "Fleet", "Flows", "JSON",
        "LinuxSystem", "Probe", "Questions", "TestNumbers",
      ],
      path: "Fuzz/ProgramsFuzz", swiftSettings: strict),
    .executableTarget(
      name: "LogsFuzz", dependencies: ["AccessLogs", "Flows", "TestNumbers"], path: "Fuzz/LogsFuzz",
      swiftSettings: strict),
    .executableTarget(
      name: "PacketsFuzz", dependencies: ["Capture", "Documents", "Flows", "Packets"], path: "Fuzz/PacketsFuzz",
      swiftSettings: strict),
    .executableTarget(
      name: "PacketsBenchmark", dependencies: ["Documents", "Packets"], path: "Benchmarks/Packets",
      swiftSettings: strict),
    .executableTarget(
      name: "MirrorBenchmark", dependencies: ["Flows", "Questions", "LocalHost", "Probe", "Bundles", "Tracing"],
      path: "Benchmarks/MirrorPairing",
      swiftSettings: strict),
    .executableTarget(
      name: "PrefixBenchmark", dependencies: ["Flows"], path: "Benchmarks/PrefixLookup", swiftSettings: strict),
    .executableTarget(
      name: "RegularityBenchmark", dependencies: ["AccessLogs", "Flows", "Rhythm", "SyntheticLogs", "TestNumbers"],
      path: "Benchmarks/Regularity",
      swiftSettings: strict),

    .executableTarget(name: "headwater-demo", dependencies: ["Lab"], path: "Examples/Demo", swiftSettings: strict),
    .executableTarget(
      name: "HostsBenchmark", dependencies: ["Lab"], path: "Benchmarks/Hosts", swiftSettings: strict),

    .testTarget(name: "FlowsTests", dependencies: ["Flows"], swiftSettings: strict),
    .target(name: "TestNumbers", path: "Tests/TestNumbers", swiftSettings: strict),
    .target(
      name: "SyntheticLogs", dependencies: ["TestNumbers"], path: "Tests/SyntheticLogs", swiftSettings: strict),
    .testTarget(name: "RhythmTests", dependencies: ["Rhythm", "SyntheticLogs", "TestNumbers"], swiftSettings: strict),
    .testTarget(name: "LinuxSystemTests", dependencies: ["Lab", "LinuxSystem"], swiftSettings: strict),
    .target(
      name: "NetlinkFixtures", dependencies: ["TestNumbers"], path: "Tests/NetlinkFixtures", swiftSettings: strict),
    .testTarget(
      name: "NetlinkTests", dependencies: ["Netlink", "NetlinkFixtures", "Flows", "LinuxSystem"], swiftSettings: strict),
    .testTarget(
      name: "MeterTests", dependencies: ["Flows", "LinuxSystem", "Meter", "Netlink", "TestNumbers"],
      swiftSettings: strict),
    .testTarget(
      name: "CaptureTests", dependencies: ["Capture", "Flows", "JSON", "Lab", "LinuxSystem"], swiftSettings: strict),
    .testTarget(
      name: "SelfTestTests", dependencies: ["SelfTest", "Flows", "LinuxSystem", "Meter", "headwater"],
      swiftSettings: strict),
    .target(name: "ProgramDoubles", path: "Tests/ProgramDoubles", swiftSettings: strict),
    .testTarget(
      name: "ProgramsTests",
      dependencies: ["Programs", "Containers", "Proxies", "VPNs", "Flows", "Lab", "LinuxSystem", "TestNumbers"],
      swiftSettings: strict),
    .testTarget(
      name: "ContainersTests", dependencies: ["Containers", "ProgramDoubles", "Flows", "Lab", "LinuxSystem"],
      swiftSettings: strict),
    .testTarget(
      name: "ProxiesTests", dependencies: ["Proxies", "Programs", "Flows", "Lab", "LinuxSystem"], swiftSettings: strict),
    .testTarget(
      name: "VPNsTests",
      dependencies: ["VPNs", "Programs", "ProgramDoubles", "Flows", "Lab", "LinuxSystem"],
      swiftSettings: strict),
    .testTarget(
      name: "AddressSetsTests",
      dependencies: ["AddressSets", "Programs", "ProgramDoubles", "Flows", "Lab", "LinuxSystem", "TestNumbers"],
      swiftSettings: strict),
    .testTarget(
      name: "AccessLogsTests", dependencies: ["AccessLogs", "Flows", "Lab", "LinuxSystem"], swiftSettings: strict),
    .target(
      name: "VantageDoubles", dependencies: ["Flows", "Questions"], path: "Tests/VantageDoubles", swiftSettings: strict),
    .target(
      name: "Claims", dependencies: ["Flows", "Documents", "Questions", "Tracing"], path: "Tests/Claims",
      swiftSettings: strict),
    .testTarget(
      name: "TracingTests",
      dependencies: [
        "Claims", "Documents", "Tracing", "Questions", "LocalHost", "Probe", "Bundles", "VantageDoubles", "Programs",
        "AddressSets", "Flows", "HeadwaterCommands", "Lab", "LinuxSystem", "TestNumbers",
      ],
      exclude: ["Bundle/before-0.2"],
      swiftSettings: strict),
    .testTarget(name: "FleetTests", dependencies: ["Fleet", "Flows", "Lab", "LinuxSystem"], swiftSettings: strict),
    .testTarget(name: "JSONTests", dependencies: ["JSON"], swiftSettings: strict),
    .testTarget(
      name: "ProbeTests",
      dependencies: ["Probe", "Questions", "VantageDoubles", "Flows", "JSON", "LinuxSystem"], swiftSettings: strict),
    .testTarget(
      name: "LocalHostTests", dependencies: ["LocalHost", "Flows", "LinuxSystem", "Lab", "Meter"],
      swiftSettings: strict),
    .testTarget(
      name: "BundlesTests",
      dependencies: [
        "AccessLogs", "Bundles", "Questions", "VantageDoubles", "Programs", "Containers", "Proxies", "VPNs", "Flows",
        "JSON", "LinuxSystem",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "PacketsTests", dependencies: ["Packets", "Capture", "Documents", "Flows", "Lab"], swiftSettings: strict),
    .testTarget(
      name: "WatchTests", dependencies: ["Watch", "History", "Flows", "Questions", "Documents"], swiftSettings: strict),
    .executableTarget(
      name: "HistoryWriting", dependencies: ["Flows", "History"], path: "Tests/HistoryWriting", swiftSettings: strict),
    .testTarget(
      name: "HistoryTests", dependencies: ["Flows", "History", "HistoryWriting", "Lab", "LinuxSystem", "TestNumbers"],
      swiftSettings: strict),
    .testTarget(name: "PlacesTests", dependencies: ["Places", "Flows", "Lab"], swiftSettings: strict),
    .testTarget(
      name: "ViewsTests", dependencies: ["Views", "Accounts", "Documents", "Flows", "LinuxSystem", "TestNumbers"],
      swiftSettings: strict),
    .testTarget(
      name: "PagesTests",
      dependencies: [
        "AccessLogs", "Documents", "Fleet", "Flows", "History", "JSON", "LinuxSystem", "Netlink", "Places", "Rhythm",
        "Views",
      ], swiftSettings: strict),
    .target(name: "Lab", path: "Tests/Lab", exclude: ["Scripts"], swiftSettings: strict),
    .testTarget(name: "LabTests", dependencies: ["Lab"], swiftSettings: strict),
    .testTarget(
      name: "IntegrationTests",
      dependencies: [
        "Claims", "Lab", "Flows", "LinuxSystem", "VPNs", "Questions", "LocalHost", "Probe", "Bundles", "Tracing",
        "TestNumbers",
        "Documents", "headwater", "headwater-demo",
      ],
      swiftSettings: strict),
  ]
)
