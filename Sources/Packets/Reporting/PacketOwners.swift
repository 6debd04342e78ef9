internal import Capture

/// Finds the processes of conversations.
struct PacketOwners: Sendable {
  private struct Key: Hashable {
    var file: Int
    var section: Int
    var name: OwnerSighting.Name
  }

  private var known: [Key: [CapturedProcess]] = [:]
  private let comments: [CapturedProcess]

  /// - Parameter processes: of each file.
  init(_ processes: [Int: [CapturedProcess]], comments: [CapturedProcess]) {
    self.comments = comments
    for (file, all) in processes {
      for process in all {
        if let pid = process.pid {
          known[Key(file: file, section: process.section, name: .pid(pid)), default: []].append(process)
        }
        if let block = process.block {
          known[Key(file: file, section: process.section, name: .block(block)), default: []].append(process)
        }
      }
    }
  }

  /// The process: of those with the pid the one that started last before the packet.
  func process(_ sighting: OwnerSighting) -> CapturedProcess? {
    if case .comment(let number) = sighting.name { return comments[number] }
    let all = known[Key(file: sighting.file, section: sighting.section, name: sighting.name)] ?? []
    let started = all.filter { ($0.startTime ?? -.infinity) <= sighting.time }
    if let latest = started.max(by: { ($0.startTime ?? -.infinity) < ($1.startTime ?? -.infinity) }) { return latest }
    guard case .pid(let pid) = sighting.name else { return nil }
    var process = CapturedProcess()
    process.pid = pid
    return process
  }

  /// The processes of a conversation, those with most packets first.
  func all(_ sightings: [OwnerSighting]) -> [CapturedProcess] {
    sightings.sorted { $0.packets > $1.packets }.compactMap(process)
  }

  /// `squid (pid 811), container openvpn`.
  static func title(_ process: CapturedProcess) -> String {
    let pid = process.pid.map { "pid \($0)" } ?? "pid unknown"
    var text = process.name.map { "\($0) (\(pid))" } ?? pid
    if let container = process.container { text += ", container \(container)" }
    if let comment = process.comment, !comment.isEmpty { text += ", \(comment)" }
    return text
  }
}
