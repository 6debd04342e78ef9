public import Flows
internal import LinuxSystem
internal import Programs
public import Questions

/// The content of a bundle for one host: its records, and the files that its readers have read, without secrets.
public struct BundleRecord: Sendable {
  public var host: HostRecord
  public var inventory: Inventory
  public var interval: Interval
  public var answers: RecordedAnswers
  public var sockets: [SocketListing]
  public var files: [CollectedFile]

  public init(
    inventory: Inventory, interval: Interval, answers: RecordedAnswers, sockets: [SocketListing], files: [CollectedFile]
  ) {
    let addresses = inventory.namespaces.first(where: \.isHost)?.interfaces.flatMap(\.addresses).map(\.address)
      .filter { !$0.isLoopback }
    host = HostRecord(name: inventory.host, collected: interval.started, addresses: addresses)
    self.inventory = inventory.withoutSecrets()
    self.interval = interval.withoutSecrets()
    self.interval.notes += Set(files.compactMap(\.unread)).sorted()
    self.answers = answers
    self.sockets = sockets.map { $0.withoutSecrets() }
    self.files = files.filter { $0.unread == nil }
    let commands = interval.commands.union(sockets.compactMap(\.owner.process?.command))
    host.leftOut = files.reduce(commands.count { SecretFilter.command($0) != $0 }) { $0 + $1.leftOut }
  }

  /// The bundle as a gzip-compressed tar archive.
  public func archive() throws -> [UInt8] { try Self.archive([self]) }

  /// One bundle of several hosts, a folder for each, as a gzip-compressed tar archive.
  public static func archive(_ records: [BundleRecord]) throws -> [UInt8] {
    var folders: Set<String> = []
    var entries: [TapeArchive.Entry] = []
    for record in records {
      let name = word(record.host.name ?? "host")
      // Two hosts with the same name get a folder each; host.json has the name.
      var (folder, number) = (name, 1)
      while !folders.insert(folder).inserted {
        number += 1
        folder = "\(name)-\(number)"
      }
      entries += try record.entries(folder)
    }
    return try Gzip.compress(TapeArchive(entries).bytes(modified: UInt64(max(0, SystemClock.now()))))
  }

  private func entries(_ folder: String) throws -> [TapeArchive.Entry] {
    var entries = [
      TapeArchive.Entry(path: "\(folder)/host.json", content: try BundleJSON.encode(host)),
      TapeArchive.Entry(path: "\(folder)/inventory.json", content: try BundleJSON.encode(inventory)),
      TapeArchive.Entry(path: "\(folder)/interval.json", content: try BundleJSON.encode(interval)),
      TapeArchive.Entry(path: "\(folder)/answers.json", content: answers.json.line),
      TapeArchive.Entry(path: "\(folder)/sockets.json", content: try BundleJSON.encode(sockets)),
    ]
    var seen: Set<String> = []
    for file in files {
      let parts = file.path.split(separator: "/").filter { $0 != "." && $0 != ".." }
      guard !parts.isEmpty else { continue }
      let place = file.container.map { "containers/\(Self.word($0))/" } ?? ""
      let path = "\(folder)/\(place)files/\(parts.joined(separator: "/"))"
      if seen.insert(path).inserted { entries.append(TapeArchive.Entry(path: path, content: file.content)) }
    }
    return entries
  }

  /// The name in a form that is safe as one component of a path.
  private static func word(_ text: String) -> String {
    let word = String(text.map { $0 == "/" || $0 == "\0" ? "_" : $0 })
    return word.isEmpty || word == "." || word == ".." ? "host" : word
  }
}
