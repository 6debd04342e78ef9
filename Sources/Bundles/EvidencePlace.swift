internal import Flows
internal import Programs

/// The place on its host at which an output was taken.
enum EvidencePlace: Hashable, Sendable {
  case host
  /// A container, by name or id.
  case container(String)
  /// A namespace of `ip netns`.
  case named(String)
  case process(Int32)

  init(_ place: PastedCommand.Namespace) {
    switch place {
    case .container(let name): self = .container(name)
    case .named(let name): self = .named(name)
    case .process(let pid): self = .process(pid)
    }
  }

  /// The command prefix with which a person enters it, for commands that are suggested.
  var entry: String {
    switch self {
    case .host: ""
    case .container(let name): Self.entry(container: name, of: "docker")
    case .named(let name): "ip netns exec \(Self.word(name, or: "NAME")) "
    case .process(let pid): "nsenter -t \(pid) -n "
    }
  }
}

extension EvidencePlace {
  /// The command prefix with which a person enters a container's network on its host.
  static func entry(container name: String, of runtime: String) -> String {
    let word = word(name, or: "CONTAINER")
    return switch runtime {
    case "kubernetes":
      "nsenter -t $(crictl inspect -o go-template --template '{{.info.pid}}' $(crictl ps -q --label io.kubernetes.pod.name=\(word) | head -n 1)) -n "
    case "podman": "nsenter -t $(podman inspect -f '{{.State.Pid}}' \(word)) -n "
    default: "nsenter -t $(docker inspect -f '{{.State.Pid}}' \(word)) -n "
    }
  }

  /// The name, or the placeholder if the name is not safe to paste: pasted text may contain any name.
  private static func word(_ name: String, or placeholder: String) -> String {
    ShellWord(operand: name)?.description ?? placeholder
  }
}
