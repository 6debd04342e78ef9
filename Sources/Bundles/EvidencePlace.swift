internal import Flows
internal import Programs

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
    case .container(let name):
      "nsenter -t $(docker inspect -f '{{.State.Pid}}' \(Self.word(name, or: "CONTAINER"))) -n "
    case .named(let name): "ip netns exec \(Self.word(name, or: "NAME")) "
    case .process(let pid): "nsenter -t \(pid) -n "
    }
  }
}

extension EvidencePlace {
  /// What was pasted may hold any name; one that can't be pasted again is left for the person to fill in.
  private static func word(_ name: String, or placeholder: String) -> String {
    ShellWord(operand: name)?.description ?? placeholder
  }
}
