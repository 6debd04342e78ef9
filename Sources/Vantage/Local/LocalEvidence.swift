internal import Clues
public import Flows
internal import LinuxSystem

/// The configuration and status files that the readers of relays and VPNs read on this host.
public enum LocalEvidence {
  private static let sizeLimit = 2 << 20
  private static let fileLimit = 512

  /// The files of the relays and VPN daemons among `owners`, each read in its process's own root.
  public static func files(of owners: [Owner]) -> [BundleRecord.File] {
    var files: [BundleRecord.File] = []
    var seen: Set<Int32> = []
    for owner in owners {
      guard let process = owner.process, seen.insert(process.pid).inserted, files.count < fileLimit else { continue }
      let container = owner.container?.title
      for file in names(process).prefix(64) {
        guard let content = try? RootFolder(ofProcess: process.pid).read(file.path, limit: sizeLimit), !content.isCut
        else { continue }
        files.append(
          BundleRecord.File(
            container: container, path: file.path, content: content.bytes, isConfiguration: file.isConfiguration))
      }
    }
    return files
  }

  /// The files that the readers of relays and tunnels read of a program. One that cannot be read has none that can be
  /// collected; tracing says why.
  private static func names(_ process: Process) -> [ProgramFile] {
    let program = RunningProgram(process, at: Place(namespace: 0))
    var files: [ProgramFile] = []
    if let reader = RelayReaders.reader(for: process) {
      do throws(RelayError) { files += try reader.read(program).files() } catch {}
    }
    if let reader = TunnelReaders.reader(for: process) {
      do throws(TunnelError) { files += try reader.files(of: program) } catch {}
    }
    return files
  }
}
