/// How requests are grouped.
public enum LogsGrouping: String, CaseIterable, Sendable {
  case site, client, set, country, network, path, visit, regular, status, method, agent, upstream, grown, file, day
}
