import Foundation

/// Where the build put the programs under test.
public enum Executables {
  /// The build's products: where the test bundle itself lies, whatever scratch path was given.
  public static let folder: String = {
    let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? own
    let resolved = URL(fileURLWithPath: bundle).resolvingSymlinksInPath().path
    return URL(fileURLWithPath: resolved).deletingLastPathComponent().path
  }()

  /// The path of a built program, `headwater` unless said otherwise.
  public static func path(_ name: String = "headwater") -> String { "\(folder)/\(name)" }

  /// The static probe that `make probe` builds; `HEADWATER_PROBE` may name another.
  public static let probe: String = {
    if let named = ProcessInfo.processInfo.environment["HEADWATER_PROBE"], !named.isEmpty { return named }
    #if arch(arm64)
      let architecture = "aarch64"
    #else
      let architecture = "x86_64"
    #endif
    return URL(fileURLWithPath: "\(folder)/../../probe/headwater-probe-\(architecture)").standardizedFileURL.path
  }()

  /// Folders that a test host would hide and that programs under test need: the products and Swift's own libraries.
  static let hiddenFolders: [String] = {
    let maps = String(decoding: FileManager.default.contents(atPath: "/proc/self/maps") ?? Data(), as: UTF8.self)
    let libraries = maps.split(separator: "\n").filter { $0.contains("/libswift") || $0.contains("/libFoundation") }
      .compactMap { $0.split(separator: " ").last }
      .map { URL(fileURLWithPath: String($0)).deletingLastPathComponent().path }
    return Set(libraries + [folder, URL(fileURLWithPath: probe).deletingLastPathComponent().path]).filter { path in
      ["/tmp/", "/root/", "/var/tmp/", "/run/"].contains { path.hasPrefix($0) }
    }.sorted()
  }()
}
