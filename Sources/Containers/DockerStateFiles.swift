internal import Flows
internal import LinuxSystem

/// dockerd's own files about its containers: `/var/lib/docker/containers/ID/config.v2.json` and `hostconfig.json`.
///
/// Connecting to a socket needs write permission, which CAP_DAC_READ_SEARCH does not give; that capability is enough to
/// read these files. dockerd rewrites them at every change of a container (seen with Docker 1.10 to 28).
struct DockerStateFiles {
  /// `/var/lib/docker/containers`
  let folder: String

  /// The files of the engine that listens at `address`; nil if the address is a TCP address or an unusual path.
  init?(of address: DockerAddress) {
    guard case .unix(let socket) = address else { return nil }
    guard let end = ["/var/run/docker.sock", "/run/docker.sock"].first(where: socket.hasSuffix) else { return nil }
    folder = socket.dropLast(end.utf8.count) + "/var/lib/docker/containers"
  }

  init(folder: String) { self.folder = folder }

  /// The containers, and why some of them, or parts of them, are missing. Throws if the folder can't be listed.
  func containers() throws(SystemError) -> (containers: [DockerContainer], unread: [SystemError]) {
    var containers: [DockerContainer] = []
    var unread: [SystemError] = []
    for id in try RootFolder.own.names(in: folder).sorted() {
      guard let configuration = read("\(id)/config.v2.json", &unread),
        var container = DockerContainer(parsingStateFile: configuration), container.id == id
      else { continue }
      let mode = read("\(id)/hostconfig.json", &unread)
      container.networkMode = mode.flatMap(DockerContainer.networkMode(parsingStateFile:))
      containers.append(container)
    }
    return (containers, unread)
  }

  /// The file's content; nil also if it does not exist, because the container is being created or removed.
  private func read(_ name: String, _ unread: inout [SystemError]) -> [UInt8]? {
    do throws(SystemError) { return try RootFolder.own.read("\(folder)/\(name)", limit: 4 << 20).bytes } catch {
      if !error.errno.isAbsence { unread.append(error) }
      return nil
    }
  }
}
