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
  ///
  /// One that is there but does not run starts nothing: systemd (since 234) keeps a link for each unit that does.
  static func timer(of unit: String, user: String?, in root: RootFolder = .own) -> (name: String, file: String)? {
    // Of timers with the same name the one in the first folder wins.
    var seen: Set<String> = []
    let runningHere = runningUnits(in: root)
    for folder in all(user) {
      // Those of users' own managers are kept elsewhere.
      let running = folder.hasSuffix("/user") ? nil : runningHere
      // Most of the folders are not there. Of one that may not be read nothing is claimed: nil is no word against a timer.
      let names = ((try? root.names(in: folder)) ?? []).filter { $0.hasSuffix(".timer") }
      for name in names where seen.insert(name).inserted {
        // A masked timer is a link to /dev/null; for one that may not be read it is not known what it starts.
        guard let content = try? root.read("\(folder)/\(name)", limit: 1 << 16), !content.bytes.isEmpty else {
          continue
        }
        let text = String(decoding: content.bytes, as: UTF8.self)
        if starts(text, name) == unit, running?.contains(name) ?? true { return (name, "\(folder)/\(name)") }
        // `poll@.timer` starts `poll@x.service` as `poll@x.timer`.
        if name.hasSuffix("@.timer"), unit.hasPrefix(name.dropLast(6)), Self.unit(in: text) == nil {
          let instance = "\(unit.dropLast(".service".count)).timer"
          if running?.contains(instance) ?? true { return (instance, "\(folder)/\(name)") }
        }
      }
    }
    return nil
  }

  /// The file of a service, and when systemd starts it again by itself: `always`, `on-failure`; nil if it is not found or never.
  static func service(_ unit: String, user: String?, in root: RootFolder = .own) -> (file: String, restart: String?)? {
    // poll@x.service is written in poll@.service.
    let template = unit.firstIndex(of: "@").map { "\(unit[...$0]).service" }
    for name in [unit] + (template.map { [$0] } ?? []) {
      for folder in all(user) {
        // Most of the folders do not have it.
        guard let content = try? root.read("\(folder)/\(name)", limit: 1 << 16), !content.bytes.isEmpty else {
          continue
        }
        // What a folder beside it changes is not read.
        let isChanged = all(user).contains { (try? root.names(in: "\($0)/\(name).d"))?.isEmpty == false }
        let restart = isChanged ? nil : value(of: "Restart", in: String(decoding: content.bytes, as: UTF8.self))
        return ("\(folder)/\(name)", restart == "no" ? nil : restart)
      }
    }
    return nil
  }

  private static func all(_ user: String?) -> [String] {
    folders + (user.map { [$0 == "root" ? "/root/.config/systemd/user" : "/home/\($0)/.config/systemd/user"] } ?? [])
  }

  /// `/run/systemd/units/invocation:poll.timer`; nil where systemd keeps no such links.
  private static func runningUnits(in root: RootFolder) -> Set<String>? {
    // Without them every timer may run.
    guard let names = try? root.names(in: "/run/systemd/units") else { return nil }
    let prefix = "invocation:"
    return Set(names.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) })
  }

  /// The unit that the timer `name` starts: `Unit=`, or the service with its name.
  static func starts(_ text: String, _ name: String) -> String {
    unit(in: text) ?? "\(name.dropLast(".timer".count)).service"
  }

  private static func unit(in text: String) -> String? { value(of: "Unit", in: text) }

  /// The last setting counts, and without a value it takes back those before.
  private static func value(of key: String, in text: String) -> String? {
    text.split(whereSeparator: \.isNewline).compactMap { line -> String? in
      let parts = line.split(separator: "=", maxSplits: 1)
      guard parts.count == 2, parts[0].filter({ $0 != " " && $0 != "\t" }) == key else { return nil }
      return String(parts[1].filter { $0 != " " && $0 != "\t" })
    }.last
  }
}
