import { AuditEntryComponent } from './audit.ts'
import { RestoredComponent } from './backup.ts'
import { ErrorComponent } from './common.ts'
import { DashboardComponent } from './dashboard.ts'
import { DeviceComponent } from './device.ts'
import { DiscoveredComponent } from './discovery.ts'
import { HealthComponent, ReadinessComponent } from './health.ts'
import { HistoryComponent } from './history.ts'
import { DeviceItemComponent } from './imprint.ts'
import { LogEntryComponent } from './log.ts'
import { PresetComponent } from './preset.ts'
import { SettingChangeComponent, SettingRefusalComponent } from './settings.ts'

/** Every named schema of the routes and the OpenAPI document. */
export const components = [
  ErrorComponent,
  DeviceComponent,
  DeviceItemComponent,
  DiscoveredComponent,
  HealthComponent,
  ReadinessComponent,
  PresetComponent,
  SettingChangeComponent,
  SettingRefusalComponent,
  LogEntryComponent,
  DashboardComponent,
  HistoryComponent,
  AuditEntryComponent,
  RestoredComponent
]
