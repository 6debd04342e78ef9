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
      for (path, isConfiguration) in names(process).prefix(64) {
        guard let content = try? RootFolder(ofProcess: process.pid).read(path, limit: sizeLimit), !content.isCut
        else { continue }
        files.append(
          BundleRecord.File(container: container, path: path, content: content.bytes, isConfiguration: isConfiguration))
      }
    }
    return files
  }

  private static func names(_ process: Process) -> [(String, isConfiguration: Bool)] {
    if HAProxyProcess.isHAProxy(name: process.name, executable: process.executable) {
      let known = try? HAProxyProcess(reading: process.pid, from: ProcessFiles())
      return known?.configuration.files.map { ($0, true) } ?? []
    }
    if NginxInvocation.isNginx(process) {
      return NginxConfiguration(of: process.pid)?.files.map { ($0, true) } ?? []
    }
    guard OpenVPNServer.matches(command: process.command ?? [], executable: process.executable),
      let server = try? OpenVPNServer(pid: process.pid, command: process.command ?? [])
    else { return [] }
    let status = server.configuration.statusFile.map { [(server.configuration.absolute($0.path), false)] } ?? []
    return server.configuration.files.map { ($0, true) } + status
  }
}
