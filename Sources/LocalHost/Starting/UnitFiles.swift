internal import LinuxSystem

/// Finds systemd timers by the unit that they start.
enum UnitFiles {
  /// The folders in systemd's order of precedence (systemd.unit(5)).
  private static let folders = [
    "/etc/systemd/system", "/run/systemd/system", "/run/systemd/transient", "/run/systemd/generator",
    "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system",
    "/etc/systemd/user", "/run/systemd/user", "/usr/lib/systemd/user",
  ]

  /// The timer that starts `unit`; nil if there is none, or if it may not be read.
  static func timer(of unit: String, user: String?, in root: RootFolder = .own) -> (name: String, file: String)? {
    let own = user.map { $0 == "root" ? "/root/.config/systemd/user" : "/home/\($0)/.config/systemd/user" }
    // Of timers with the same name the one in the first folder wins.
    var seen: Set<String> = []
    for folder in folders + (own.map { [$0] } ?? []) {
      // Most of the folders do not exist, and one that may not be read has no timer to name.
      let names = ((try? root.names(in: folder)) ?? []).filter { $0.hasSuffix(".timer") }
      for name in names where seen.insert(name).inserted {
        // A masked timer is a link to /dev/null; for one that may not be read it is not known what it starts.
        guard let content = try? root.read("\(folder)/\(name)", limit: 1 << 16), !content.bytes.isEmpty else {
          continue
        }
        let text = String(decoding: content.bytes, as: UTF8.self)
        if starts(text, name) == unit { return (name, "\(folder)/\(name)") }
        // `poll@.timer` starts `poll@x.service` as `poll@x.timer`.
        if name.hasSuffix("@.timer"), unit.hasPrefix(name.dropLast(6)), Self.unit(in: text) == nil {
          return ("\(unit.dropLast(".service".count)).timer", "\(folder)/\(name)")
        }
      }
    }
    return nil
  }

  /// The unit that the timer `name` starts: `Unit=`, or the service with its name.
  static func starts(_ text: String, _ name: String) -> String {
    unit(in: text) ?? "\(name.dropLast(".timer".count)).service"
  }

  private static func unit(in text: String) -> String? {
    text.split(whereSeparator: \.isNewline).compactMap { line -> String? in
      let parts = line.split(separator: "=", maxSplits: 1)
      guard parts.count == 2, parts[0].filter({ $0 != " " && $0 != "\t" }) == "Unit" else { return nil }
      return String(parts[1].filter { $0 != " " && $0 != "\t" })
    }.last
  }
}
