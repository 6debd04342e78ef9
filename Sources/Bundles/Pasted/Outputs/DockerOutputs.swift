internal import Containers
internal import Flows

/// `docker inspect` and `podman inspect`. While the script looks for places, it collects the parts of these outputs
/// that hold no secrets.
struct DockerContainersOutput: PastedOutput {
  let name = "docker inspect"
  let isOfHost = true
  let signs: [PastedSign] = [.key("SandboxKey"), .key("NetworkSettings")]
  let script: String? = nil

  /// The containers with the lines of their ids and addresses. They are in the text in the same order, so it is
  /// searched once.
  func read(_ text: PastedSample, notes: inout [String]) -> [Evident<ListedContainer>] {
    let lines = text.lines
    var cursor = lines.startIndex
    // Ids that are written differently in the text, for example with escapes, must not be searched for ever.
    var patience = 8
    func next(_ matches: (String) -> Bool) -> Int? {
      guard patience > 0 else { return nil }
      if let index = lines[cursor...].firstIndex(where: { matches($0.text) }) { return index }
      patience -= 1
      return nil
    }
    return DockerContainer.inspections(parsing: text.part.content).map { container in
      let start = next { $0.contains(container.id) }
      cursor = start ?? cursor
      var listed = ListedContainer(container: container)
      for address in start == nil ? [] : container.networks.compactMap({ $0.v4 ?? $0.v6 }) {
        // `IPAMConfig`, the requested address, is in front of the actual one.
        let index = next { text in
          text.contains("\"\(address)\"") && (text.contains("\"IPAddress\"") || text.contains("\"GlobalIPv6Address\""))
        }
        if let index { listed.addressLines[address] = lines[index].number }
      }
      return text.evident(listed, line: start.map { lines[$0].number })
    }
  }
}

/// `docker network inspect`
struct DockerNetworksOutput: PastedOutput {
  let name = "docker network inspect"
  let isOfHost = true
  let signs: [PastedSign] = [.key("IPAM")]
  let script: String? = nil

  func read(_ text: PastedSample, notes: inout [String]) -> [Evident<ListedNetwork>] {
    DockerNetwork.inspections(parsing: text.part.content).map { network, attached in
      let containers = attached.map { container in
        var listed = ListedContainer(container: container)
        for address in container.networks.flatMap({ [$0.v4, $0.v6].compactMap { $0 } }) {
          listed.addressLines[address] = text.lines.first { $0.text.contains("\"\(address)/") }?.number
        }
        return listed
      }
      return text.evident(ListedNetwork(network: network, containers: containers))
    }
  }
}

/// A network that `docker network inspect` shows, with the containers that are in it.
struct ListedNetwork: Sendable {
  var network: DockerNetwork
  var containers: [ListedContainer]
}
