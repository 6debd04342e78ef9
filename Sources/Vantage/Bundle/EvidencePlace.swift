internal import Clues

/// Where on its host an output was taken.
enum EvidencePlace: Hashable, Sendable {
  case host
  /// By name or id.
  case container(String)
  /// `ip netns`
  case named(String)
  case process(Int32)

  init(_ place: PastedCommand.Place) {
    switch place {
    case .container(let name): self = .container(name)
    case .named(let name): self = .named(name)
    case .process(let pid): self = .process(pid)
    }
  }

  /// How a person enters it, so that a command can be suggested.
  var entry: String {
    switch self {
    case .host: ""
    case .container(let name): "nsenter -t $(docker inspect -f '{{.State.Pid}}' \(name)) -n "
    case .named(let name): "ip netns exec \(name) "
    case .process(let pid): "nsenter -t \(pid) -n "
    }
  }
}
