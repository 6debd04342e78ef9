/// What the rows of a table about packets have in common.
public enum PacketsGrouping: String, CaseIterable, Hashable, Sendable {
  case conversation, endpoint, source, owner, name, port, interface, network, second, question, regular, unanswered,
    file
}
