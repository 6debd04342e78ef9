public import Flows
internal import LinuxSystem
internal import Programs
internal import Proxies
public import Questions
internal import VPNs

/// The configuration and status files that the readers of relays and VPNs use on this host. Each file is read with the
/// rights of its process.
public enum LocalEvidence {
  private static let sizeLimit = 2 << 20
  private static let fileLimit = 512
  private static let filesPerProcess = 64
  private static let notesPerProcess = 5

  /// The files of the relays and VPN daemons among `owners`, with the reason for each file that was not read.
  public static func files(of owners: [Owner]) -> [CollectedFile] {
    var files: [CollectedFile] = []
    var seen: Set<Int32> = []
    for owner in owners {
      guard let process = owner.process, seen.insert(process.pid).inserted, files.count < fileLimit else { continue }
      var found = Found(container: owner.container?.title)
      found.add(RunningProgram(process, container: owner.container, at: Place(namespace: 0)))
      files += found.files
    }
    return files
  }

  /// The files of one process.
  private struct Found {
    let container: String?
    var files: [CollectedFile] = []
    private var notes = 0

    init(container: String?) { self.container = container }

    /// Adds the files that the readers of relays and tunnels read of a program.
    mutating func add(_ program: RunningProgram) {
      if let reader = RelayReaders.reader(for: program.process) {
        do throws(RelayError) { add(try reader.read(program).files()) } catch { note("\(error)") }
      }
      if let reader = TunnelReaders.reader(for: program.process) {
        do throws(TunnelError) { add(try reader.files(of: program)) } catch { note("\(error)") }
      }
    }

    private mutating func add(_ evidence: ProgramEvidence) {
      for file in evidence.files.prefix(filesPerProcess) { add(file.path, as: file.kind, file.content) }
      evidence.unread.forEach { note($0) }
    }

    private mutating func add(_ path: String, as kind: EvidenceText.Kind, _ content: () throws -> [UInt8]) {
      do {
        let bytes = try content()
        guard bytes.count <= sizeLimit else { return note("\(path): larger than \(sizeLimit >> 20) MiB") }
        let text = EvidenceText(bytes, kind: kind)
        files.append(
          CollectedFile(container: container, path: path, content: text.content, leftOut: text.leftOut))
      } catch {
        note("\(error)")
      }
    }

    private mutating func note(_ text: String) {
      notes += 1
      guard notes <= notesPerProcess else { return }
      files.append(CollectedFile(container: container, unread: "not read: \(text)"))
    }
  }
}
