internal import AddressSets
internal import ArgumentParser
internal import LinuxSystem

/// What shells offer behind TAB.
enum CompletionWords {
  /// Targets: interfaces, address sets and the hosts of the settings.
  static var targets: CompletionKind { .custom { _, _, _ in safe(interfaces + sets + hosts.map { "\($0):" }) } }

  /// Names of hosts in the settings.
  static var hostNames: CompletionKind { .custom { _, _, _ in safe(hosts) } }

  /// Shells read the words once more (`compgen -W` runs what is in `$(…)`), so only plain names are offered.
  static func safe(_ words: [String]) -> [String] {
    words.filter { word in
      !word.isEmpty && !word.hasPrefix("-")
        && word.utf8.allSatisfy { byte in
          switch byte {
          case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"),
            UInt8(ascii: ":"), UInt8(ascii: "@"):
            true
          default: false
          }
        }
    }
  }

  private static var interfaces: [String] {
    // Without the file there is nothing to offer.
    guard let text = try? Descriptor(reading: "/proc/net/dev").readToEnd(limit: 1 << 20) else { return [] }
    var names: [String] = []
    for line in String(decoding: text, as: UTF8.self).split(separator: "\n") {
      guard let colon = line.lastIndex(of: ":") else { continue }
      names.append(String(line[..<colon].drop { $0 == " " }))
    }
    return names
  }

  private static var sets: [String] {
    // What is wrong with the settings is said when they are used.
    AddressSets(adding: (try? Settings(file: nil))?.fleet.sets ?? [:]).names
  }

  private static var hosts: [String] { (try? Settings(file: nil))?.fleet.hosts.map(\.name) ?? [] }
}
