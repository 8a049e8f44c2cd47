import { createApp } from 'vue'
import App from './App.vue'
import { applySettings } from './composables/useSettings'
import { keepShell, reloadOnLostChunk } from './shell'
import { router } from './router'
import './styles/tokens.css'
import './styles/base.css'

applySettings()
reloadOnLostChunk()
createApp(App).use(router).mount('#app')
keepShell()
