internal import Flows
internal import LinuxSystem

/// What dockerd keeps of its containers on disk: `/var/lib/docker/containers/ID/config.v2.json` and `hostconfig.json`.
///
/// A socket can only be connected to with the permission to write it, which CAP_DAC_READ_SEARCH does not give; these
/// files can be read with it. dockerd writes them at every change of a container (seen with Docker 1.10 to 28).
struct DockerStateFiles {
  /// `/var/lib/docker/containers`
  let folder: String

  /// The files of the engine that listens at `address`; nil for one that is not reached by the usual path, or by TCP.
  init?(of address: DockerAddress) {
    guard case .unix(let socket) = address else { return nil }
    guard let end = ["/var/run/docker.sock", "/run/docker.sock"].first(where: socket.hasSuffix) else { return nil }
    folder = socket.dropLast(end.utf8.count) + "/var/lib/docker/containers"
  }

  init(folder: String) { self.folder = folder }

  /// Nil if they cannot be read either.
  func containers() -> [DockerContainer]? {
    guard let ids = try? RootFolder.own.names(in: folder) else { return nil }
    return ids.sorted().compactMap { id in
      guard let configuration = read("\(id)/config.v2.json"),
        var container = DockerContainer(parsingStateFile: configuration), container.id == id
      else { return nil }
      container.networkMode = read("\(id)/hostconfig.json").flatMap(DockerContainer.networkMode(parsingStateFile:))
      return container
    }
  }

  private func read(_ name: String) -> [UInt8]? {
    try? Descriptor(reading: "\(folder)/\(name)").readToEnd(limit: 4 << 20)
  }
}
